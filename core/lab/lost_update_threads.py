"""A lost update: two threads pay into one account, and a payment can vanish although every access is locked.

Each access takes the lock, so no two happen at once. What is not protected is the *sequence*: what a thread
has read may be out of date by the time it writes.
"""

import argparse
import threading


class Account:
    """A balance whose every access is locked."""

    def __init__(self) -> None:
        self.balance = 0
        self.lock = threading.Lock()


def pay_in(account: Account, amount: int) -> None:
    """Add ``amount`` to the balance: read it, then write the sum."""
    with account.lock:
        seen = account.balance
    with account.lock:  # another thread may have paid in since
        account.balance = seen + amount


def main() -> None:
    """Pay in from every thread once and compare the balance with what was paid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2, help="threads that pay in (default: 2)")
    parser.add_argument("--amount", type=int, default=100, help="what each pays in (default: 100)")
    options = parser.parse_args()

    account = Account()
    threads = [
        threading.Thread(target=pay_in, args=(account, options.amount), name=f"payer {number}")
        for number in range(1, options.threads + 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    paid = options.threads * options.amount
    verdict = "nothing is lost" if account.balance == paid else f"{paid - account.balance} LOST"
    print(f"paid in {paid}, balance {account.balance}: {verdict}")


if __name__ == "__main__":
    main()
