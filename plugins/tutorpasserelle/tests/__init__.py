"""Tests of a running platform, for `tutor local|dev|k8s do tests passerelle` (Tutor 21.0.8 and later)."""
