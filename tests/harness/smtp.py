"""A real SMTP server for the tests: aiosmtpd in one of several moods.

Arguments: port, mood, folder. What was taken goes to folder/received, a JSON object a line.
"""

import asyncio
import json
import os
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

port, mood, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]


class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if mood == "refuse-4xx":
            return "451 4.3.0 come back later"
        if mood == "refuse-5xx":
            return "550 5.1.1 nobody of this name"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 yes"

    async def handle_DATA(self, server, session, envelope):
        if mood == "stall":
            await asyncio.sleep(300)
        record = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "data": envelope.content.decode("utf-8", "surrogateescape"),
            "tls": session.ssl is not None,
        }
        with open(os.path.join(folder, "received"), "a", encoding="utf-8") as book:
            book.write(json.dumps(record) + "\n")
        if mood == "dies":
            os._exit(1)
        return "250 2.0.0 taken"


class Here(Controller):
    def factory(self):
        context = None
        if mood == "starttls":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"))
        return SMTP(self.handler, tls_context=context, require_starttls=context is not None, enable_SMTPUTF8=True)


if __name__ == "__main__":
    Here(Sink(), hostname="127.0.0.1", port=port).start()
    asyncio.new_event_loop().run_forever()
