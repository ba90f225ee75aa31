"""A lost update without threads: check, await, act. What was checked may have changed during the await.

Only one task runs at a time, and between two awaits nothing can come in between. Across an await anything
can: it is the place where another task takes its turn.
"""

import argparse
import asyncio


class Account:
    """A balance that nobody locks: there is only one thread."""

    def __init__(self) -> None:
        self.balance = 0


async def write_down(line: str) -> None:
    """Stands for a journal that is written elsewhere: all it does is to give way."""
    await asyncio.sleep(0)


async def pay_in(account: Account, amount: int) -> None:
    """Add ``amount`` to the balance: read it, write a journal, then write the sum."""
    seen = account.balance
    await write_down(f"{amount} paid in")  # another task may pay in meanwhile
    account.balance = seen + amount


async def pay_in_all(account: Account, payers: int, amount: int) -> None:
    """Let every task pay in once."""
    async with asyncio.TaskGroup() as group:
        for number in range(1, payers + 1):
            group.create_task(pay_in(account, amount), name=f"payer {number}")


def main() -> None:
    """Compare the balance with what was paid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=2, help="tasks that pay in (default: 2)")
    parser.add_argument("--amount", type=int, default=100, help="what each pays in (default: 100)")
    options = parser.parse_args()

    account = Account()
    asyncio.run(pay_in_all(account, options.tasks, options.amount))
    paid = options.tasks * options.amount
    verdict = "nothing is lost" if account.balance == paid else f"{paid - account.balance} LOST"
    print(f"paid in {paid}, balance {account.balance}: {verdict}")


if __name__ == "__main__":
    main()
