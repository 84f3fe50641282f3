"""People, languages, courses, masquerade: what each person meets."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from opaque_keys.edx.keys import CourseKey
from passerelle.courses.olx import course_runs
from passerelle.host.api import host
from passerelledemo.models import BlockCompletion, Profile

Become = Callable[[str], Client]

FRENCH = "/courses/course-v1:Passerelle+TOT101+fr/"


def token(client: Client) -> str:
    return client.cookies["csrftoken"].value


def test_visitors_are_sent_to_the_people_and_back(become: Become) -> None:
    visitor = Client()
    for address in ("/courses/", FRENCH, FRENCH + "units/why_circles", "/passerelle/"):
        answer = visitor.get(address)
        assert answer.status_code == 302
        assert unquote(answer["Location"]) == f"/?next={address}"
    page = visitor.get("/?next=/courses/")
    assert b'name="next" value="/courses/"' in page.content


WAYS = {
    "claire": {"/passerelle/profile/", "/passerelle/badges/", "/passerelle/employers/"},
    "nadia": {FRENCH.replace("/courses/", "/passerelle/courses/") + "desk/", "/passerelle/validations/"},
    "marta": {"/passerelle/employers/desk/"},
    "sam": {"/passerelle/employers/operator/", "/passerelle/badges/desk/", "/admin/"},
}


@pytest.mark.parametrize("name", WAYS)
def test_my_passerelle_leads_each_person_to_her_pages_and_to_nobody_elses(become: Become, name: str) -> None:
    page = become(name).get("/passerelle/").content.decode()
    main = page[page.index("<main") :]
    for whose, addresses in WAYS.items():
        for address in addresses:
            assert (f'href="{address}"' in main) == (whose in (name, "claire")), address


def test_courses_in_ones_own_language_come_first(become: Become) -> None:
    for name, first in (("elif", "tr"), ("oksana", "en")):  # there is none in Ukrainian
        page = become(name).get("/courses/").content.decode()
        assert re.findall(r"course-v1:Passerelle\+\w+\+(\w+)/", page)[0] == first


def test_becoming_somebody_leads_nowhere_else(become: Become) -> None:
    client = become("claire")
    answer = client.post("/become/nadia", {"csrfmiddlewaretoken": token(client), "next": "https://example.org/"})
    assert answer["Location"] == "/passerelle/"
    assert client.post("/become/nobody", {"csrfmiddlewaretoken": token(client)}).status_code == 404
    assert client.post("/become/nadia").status_code == 403


@pytest.mark.parametrize("key", course_runs(), ids=str)
def test_outline_and_every_unit_render_for_a_learner(become: Become, key: CourseKey) -> None:
    claire = become("claire")
    outline = claire.get(f"/courses/{key}/")
    assert outline.status_code == 200
    units = course_runs()[key].units
    assert len(units) >= 5
    for unit in units:
        assert unit.name in outline.content.decode()
        page = claire.get(f"/courses/{key}/units/{unit.url_name}")
        assert page.status_code == 200
        content = page.content.decode()
        for block in unit.children:
            assert f'data-usage-id="{block.usage_key}"' in content
        assert "fonts.googleapis" not in content


def test_reading_a_text_completes_it(become: Become) -> None:
    claire = become("claire")
    assert "Fait" not in claire.get(FRENCH).content.decode()
    claire.get(FRENCH + "units/why_circles")
    assert claire.get(FRENCH).content.decode().count('class="done"') == 1
    done = BlockCompletion.objects.get()
    assert host().is_complete(user_id=done.user_id, usage_key=done.usage_key)


def test_block_url_leads_to_the_unit(become: Become) -> None:
    unit = course_runs()[CourseKey.from_string("course-v1:Passerelle+TOT101+fr")].units[1]
    block = unit.children[0]
    answer = become("claire").get(host().block_url(usage_key=block.usage_key))
    assert answer["Location"] == f"{FRENCH}units/{unit.url_name}#{block.usage_key}"
    assert become("claire").get(FRENCH + "jump_to/block-v1:Passerelle+TOT101+fr+type@html+block@no").status_code == 404


def test_somebody_outside_the_course_gets_the_public_views(become: Become) -> None:
    marta = become("marta")
    page = marta.get(FRENCH + "units/self_check").content.decode()
    assert page.count("This part is for people who take part in the course.") == 3
    assert "Leïla" not in page
    assert not BlockCompletion.objects.exists()


def test_files_of_the_course_and_nothing_beyond(become: Become) -> None:
    claire = become("claire")
    unit = claire.get(FRENCH + "units/how_a_circle_runs").content.decode()
    found = re.search(r'src="([^"]+circle_phases\.svg)"', unit)
    assert found
    assert claire.get(found[1]).status_code == 200
    for path in ("../course.xml", "..%2Fcourse.xml", "nothing.svg"):
        assert claire.get(f"{FRENCH}asset/{path}").status_code == 404


@pytest.mark.parametrize("address", ["/courses/course-v1:No+Such+run/", "/courses/course-v1:odd/", FRENCH + "units/no"])
def test_unknown_addresses_are_not_found(become: Become, address: str) -> None:
    answer = become("claire").get(address)
    assert answer.status_code == 404
    assert b"<main" in answer.content


def test_language_follows_the_person_then_her_choice(become: Become) -> None:
    amal = become("amal")
    page = amal.get("/courses/").content.decode()
    assert '<html lang="ar">' in page
    assert re.search(r'<body[^>]* dir="rtl">', page)
    amal.post("/language", {"csrfmiddlewaretoken": token(amal), "language": "uk", "next": "/courses/"})
    page = amal.get("/courses/").content.decode()
    assert '<html lang="uk">' in page
    assert re.search(r'<body[^>]* dir="ltr">', page)
    assert Profile.objects.get(user__username="amal").language == "uk"
    amal.post("/language", {"csrfmiddlewaretoken": token(amal), "language": "../../x"})
    assert Profile.objects.get(user__username="amal").language == "uk"


def test_staff_see_the_course_as_a_learner_and_stay_themselves(become: Become) -> None:
    jonas = become("jonas")
    staff = User.objects.get(username="jonas")
    see_as = {"csrfmiddlewaretoken": token(jonas), "user": "amal"}
    assert become("claire").post(FRENCH + "see_as", see_as).status_code == 403
    assert jonas.post(FRENCH + "see_as", see_as | {"user": "marta"}).status_code == 404
    assert jonas.post(FRENCH + "see_as", see_as).status_code == 302
    assert "You see this course as Amal does." in jonas.get(FRENCH).content.decode()

    jonas.get(FRENCH + "units/why_circles")
    assert BlockCompletion.objects.get().user.username == "amal"  # as in the LMS: the learner is the request's user
    request = RequestFactory().get("/")
    request.session, request.user = jonas.session, staff
    french, english = (CourseKey.from_string(f"course-v1:Passerelle+TOT101+{run}") for run in ("fr", "en"))
    actor = host().actor(request=request, course_key=french)
    assert (actor.user_id, actor.masquerading, actor.is_course_staff) == (staff.pk, True, True)
    assert not host().actor(request=request, course_key=english).masquerading

    jonas.post(FRENCH + "see_as", {"csrfmiddlewaretoken": token(jonas)})
    assert "You see this course as" not in jonas.get(FRENCH).content.decode()


def test_a_unit_costs_few_queries(become: Become) -> None:
    claire = become("claire")
    claire.get(FRENCH + "units/self_check")
    with CaptureQueriesContext(connection) as queries:
        claire.get(FRENCH + "units/self_check")
    assert len(queries) < 20
