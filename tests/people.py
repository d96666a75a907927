"""The people of the tests, one sentence each. Every access test reads as a story about them.

They come from the demonstration of the pack `ke` (see `tests/world.py`).
"""

AMINA = "amina"  # Amina is an analyst at the national desk: she reads what comes in and refers it.
OTIENO = "otieno"  # Otieno is the second analyst at the same desk: what Amina takes, he cannot take as well.
WANJIKU = "wanjiku"  # Wanjiku supervises the desk: she sees what is late and who opened what.
ACHIENG = "achieng"  # Achieng is the children's officer in Nairobi: she gets referrals and answers them.
CHAO = "chao"  # Chao is a children's officer in another county: what is Nairobi's must not exist for her.
BRIAN = "brian"  # Brian is a police officer: he sees what was referred to his desk and nothing else.
WAMBUI = "wambui"  # Wambui administers the people of the national desk: she never opens a case.
BARASA = "barasa"  # Barasa administers people nationally, and
NASERIAN = "naserian"  # Naserian does too: what needs two people needs both of them.
KAMAU = "kamau"  # Kamau audits: who opened what and why, but not what stands in it.
MORAA = "moraa"  # Moraa plans: she works in the house and sees no case at all.

SALIM = "salim"  # Salim watches over companies for the regulator: figures alone, no report and no case.
ZUHURA = "zuhura"  # Zuhura reports for an internet company: her own company's receipts and nothing else.

EVERYBODY = (
    AMINA, OTIENO, WANJIKU, ACHIENG, CHAO, BRIAN, WAMBUI, BARASA, NASERIAN, KAMAU, MORAA, SALIM, ZUHURA,
)  # fmt: skip
