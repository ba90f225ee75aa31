"""Threads that echo over loopback sockets, pair by pair: prints {"seconds", "echoes"}.

Arguments: pairs, echoes each.
"""

import json
import socket
import sys
import threading
import time

pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 4
echoes = int(sys.argv[2]) if len(sys.argv) > 2 else 2500
line = b"x" * 64


def serve(listener):
    for _ in range(pairs):
        connection, _ = listener.accept()
        threading.Thread(target=echo, args=(connection,), daemon=True).start()


def echo(connection):
    with connection:
        while data := connection.recv(4096):
            connection.sendall(data)


def client(port, counts, i):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(echoes):
            connection.sendall(line)
            got = 0
            while got < len(line):
                got += len(connection.recv(4096))
            counts[i] += 1


with socket.create_server(("127.0.0.1", 0)) as listener:
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    counts = [0] * pairs
    port = listener.getsockname()[1]
    threads = [threading.Thread(target=client, args=(port, counts, i)) for i in range(pairs)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"seconds": time.perf_counter() - began, "echoes": sum(counts)}))
