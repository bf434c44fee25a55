"""One plain form for the many ways of typing the same name."""

import pytest

from resolvers.search.normalise import LONGEST_TEXT, clean, fold, repair_layout, skeleton, skeleton_variants, words


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("КОВАЛЁВ", "ковалев"),
        ("Андрей", "андреи"),
        ("João Gonçalves", "joao goncalves"),
        ("Ọlámídé", "olamide"),
        ("Łukasz Øst", "lukasz ost"),
        ("Straße", "strasse"),
        ("O’Neil", "oneil"),
        ("Ng'ang'a", "nganga"),
        ("Anne‑Marie", "anne-marie"),
        ("Ｉvan", "ivan"),
    ],
)
def test_case_accents_yo_and_apostrophes_are_folded_away(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize(
    "spellings",
    [
        ("Щербаков", "Shcherbakov", "Scherbakov", "SHCHERBAKOV"),
        ("Ковалёв", "Ковалев", "Kovalyov", "Kovaliov", "Kovaljov", "Kovalev", "Kovalyev"),
        ("Хачатурян", "Khachaturyan", "Hachaturian", "Khachaturjan"),
        ("Юлия", "Yuliya", "Iuliia", "Julija", "Yulia"),
        ("Дмитрий", "Dmitry", "Dmitriy", "Dmitrii", "Dmitrij"),
        ("Зайцев", "Zaitsev", "Zaytsev", "Zajtsev", "Zaytzev"),
        ("Цветков", "Tsvetkov", "Tzvetkov"),
        ("Жанна", "Zhanna", "Žanna"),
        ("Соловьёв", "Solovyov", "Solov'ev", "Soloviev"),
        ("Подъячев", "Podyachev", "Podiachev"),
        ("Быков", "Bykov", "Bikov"),
        ("Ксения", "Kseniya", "Xenia"),
        ("Евгений", "Evgeny", "Yevgeniy", "Evgenii"),
        ("Гильерме", "Guilherme"),
        ("Муса", "Moussa"),
        ("Қайрат", "Кайрат", "Qairat", "Kayrat"),
    ],
)
def test_all_spellings_of_a_name_have_one_skeleton(spellings: tuple[str, ...]) -> None:
    assert {skeleton(spelling) for spelling in spellings} == {skeleton(spellings[0])}


def test_different_names_keep_different_skeletons() -> None:
    names = ("Иванов", "Иванова", "Ковалёв", "Ковальчук", "Шишкин", "Сискин", "Жуков", "Зуков", "Чернов", "Цернов")

    assert len({skeleton(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Juravlev", "Журавлёв"),
        ("Kuznecov", "Кузнецов"),
        ("Zajcev", "Зайцев"),
        ("Xachaturyan", "Хачатурян"),
        ("Williams", "Уиллиамс"),
    ],
)
def test_a_letter_with_two_readings_is_tried_both_ways(typed: str, meant: str) -> None:
    assert skeleton(typed) != skeleton(meant)
    assert skeleton(meant) in skeleton_variants(typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ghbdtn", "привет"),
        ("[fhbnjyjd", "харитонов"),
        (";erjd", "жуков"),
        ("'lefhl", "эдуард"),
        ("n.vtytdf", "тюменева"),
        ("`krby", "ёлкин"),
        ("j,]trn", "объект"),
        ("<jhbc", "Борис"),
        ("руддщ", "hello"),
        ('шмфтщм"сщкзюучфьзду', "ivanov@corp.example"),
        ("10ю1ю2ю3", "10.1.2.3"),
    ],
)
def test_text_typed_on_the_other_layout_is_repaired(typed: str, meant: str) -> None:
    assert meant in repair_layout(typed)


def test_a_text_without_letters_has_no_other_layout() -> None:
    assert repair_layout("+7 (912) 345-67-89") == ()


def test_control_characters_separate_and_length_is_bounded() -> None:
    assert clean("Ива\x00нов\u202e\tПётр\u200b ") == "Ива нов Пётр"
    assert len(clean("a" * 10_000)) == LONGEST_TEXT
    assert len(clean("\ufdfa" * 10_000)) <= LONGEST_TEXT  # one sign that unfolds into eighteen


def test_words_are_runs_of_letters_and_digits() -> None:
    assert words("Тер-Петросян, А. (LT_01)") == ("тер", "петросян", "а", "lt", "01")
