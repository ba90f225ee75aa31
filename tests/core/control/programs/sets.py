"""What comes out of sets of tasks and futures that are over: tells the order in which it got them."""

import asyncio
import concurrent.futures as futures


async def work(n):
    await asyncio.sleep(0)
    return n


async def tell(done):
    told = []
    for task in done:
        told.append(task.result())
        await asyncio.sleep(0)
    print(told)


async def tasks():
    pending = {asyncio.create_task(work(n)) for n in range(12)}
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        await tell(done)
    done, _ = await asyncio.wait([asyncio.create_task(work(n)) for n in range(12)])
    print(done.pop().result(), done.pop().result())
    for soonest in asyncio.as_completed([work(n) for n in range(12)]):
        print(await soonest)


def threads():
    with futures.ThreadPoolExecutor(3) as pool:
        made = [pool.submit(int, n) for n in range(12)]
        done, rest = futures.wait(made, return_when=futures.FIRST_COMPLETED)
        print([future.result() for future in done], [made.index(future) for future in rest])
        print([future.result() for future in futures.as_completed(rest)])
        print([future.result() for future in futures.as_completed(made)])
        print([future.result() for future in futures.wait(made).done])


asyncio.run(tasks())
threads()
