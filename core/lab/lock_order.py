"""A deadlock waiting to happen: two threads take the same two locks, each in its own order.

It nearly always goes well, because the first thread is through before the second has begun. It ends in a
deadlock as soon as each has taken its first lock before either asks for its second.
"""

import argparse
import threading


class Account:
    """A balance and the lock that goes with it."""

    def __init__(self, name: str, balance: int) -> None:
        self.name = name
        self.balance = balance
        self.lock = threading.Lock()


def transfer(source: Account, target: Account, amount: int) -> None:
    """Move ``amount``: lock where it comes from, then where it goes."""
    with source.lock:
        with target.lock:
            source.balance -= amount
            target.balance += amount


def main() -> None:
    """Transfer there and back at once, and say what each account holds then."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--amount", type=int, default=10, help="what is moved there and back (default: 10)")
    options = parser.parse_args()

    left, right = Account("left", 100), Account("right", 100)
    threads = [
        threading.Thread(target=transfer, args=(left, right, options.amount), name="left to right"),
        threading.Thread(target=transfer, args=(right, left, options.amount), name="right to left"),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(", ".join(f"{account.name} {account.balance}" for account in (left, right)))


if __name__ == "__main__":
    main()
