"""The recovery key: made at creation, split so that any two of three people can use it together.

Backups are sealed to it. Shares are SLIP-39 word lists (the `shamir-mnemonic` library), which people can
write on paper and read out.
"""

import secrets
from collections.abc import Sequence
from pathlib import Path

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from kinga import envelope
from mlinzi.kernel.errors import SendersTurn
from mlinzi.site.roles import write_secret

KEY_ID = "recovery:1"
SHARES, NEEDED = 3, 2


class WrongShares(SendersTurn):
    """These shares do not make the recovery key. Give two different ones of the same three, word for word."""


def make_recovery_key(public_folder: Path, shares_folder: Path) -> None:
    """Make the key: its public half as a file, its three shares for three people to take away.

    The key itself is written nowhere. Shares of an attempt that was cut off are replaced.
    """
    seed = secrets.token_bytes(32)
    public = envelope.PrivateKey.from_seed(KEY_ID, seed).public
    envelope.write_public(public_folder / "recovery.pub", public)
    shares_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    [shares] = generate_mnemonics(1, [(NEEDED, SHARES)], seed)
    for number, words in enumerate(shares, start=1):
        write_secret(shares_folder / f"share-{number}.txt", words)


def recovery_key(shares: Sequence[str]) -> envelope.PrivateKey:
    """The key from two shares. Raises `WrongShares` without saying which word is wrong to a guesser."""
    try:
        seed = combine_mnemonics([" ".join(share.split()) for share in shares])
    except MnemonicError as error:
        raise WrongShares from error
    return envelope.PrivateKey.from_seed(KEY_ID, seed)


def shares_lie_here(state: Path) -> list[Path]:
    """Shares that were not taken away yet; `mlinzi check` warns of them."""
    return sorted((state / "recovery").glob("share-*.txt"))
