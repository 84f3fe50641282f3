"""DigComp 3.0 as an operator imports it, apart from everything else: it is share-alike, and the rest is not.

Source: European Commission, Joint Research Centre, DigComp 3.0 (CC BY-SA 4.0 as republished). The suite ships none.
"""

LICENCE = "https://creativecommons.org/licenses/by-sa/4.0/"
