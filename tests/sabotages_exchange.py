"""The controls of what leaves for other case systems and on paper."""

from tests.sabotage import Sabotage

SRC = "mlinzi/src/mlinzi"

EXCHANGE = (
    Sabotage(
        "an answer of 200 counts as arrived",
        f"{SRC}/casework/channels/cpims.py",
        'if (receipt := _receipt(answer.data, str(message["case_id"]))) is not None:',
        "receipt = ''\n        if answer.status == 200:",
        f"{SRC}/casework/tests/test_exchange.py {SRC}/casework/tests/test_channels.py",
    ),
    Sabotage(
        "what was tried is sent again unasked",
        f"{SRC}/casework/acts/delivering.py",
        "receipt = channel.find(str(held.id)) if held.again else None",
        "receipt = None",
        f"{SRC}/casework/tests/test_exchange.py",
    ),
    Sabotage(
        "what was taken back is sent all the same",
        f"{SRC}/casework/acts/delivering.py",
        "if not rules.may_still_leave(ReferralState(row.referral.state)):",
        "if False:",
        f"{SRC}/casework/tests/test_exchange.py",
    ),
    Sabotage(
        "texts on paper become markup",
        f"{SRC}/casework/paper/template/sheet.typ",
        'text.split("\\n").join(linebreak())',
        'eval(text, mode: "markup")',
        f"{SRC}/casework/tests/test_paper.py",
    ),
    Sabotage(
        "paper leaves on no ground",
        f"{SRC}/casework/acts/paper.py",
        "if to and not reasons:",
        "if False:",
        f"{SRC}/casework/tests/test_paper.py",
    ),
)
