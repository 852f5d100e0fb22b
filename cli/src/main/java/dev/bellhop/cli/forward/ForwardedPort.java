// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.forward;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.ForwardConnection;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.v2.forward.CreateForward;
import dev.bellhop.cli.command.ErrorMessages;
import dev.bellhop.cli.terminal.Printable;
import dev.bellhop.cli.terminal.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One port here, and the connections to it. Each has a thread for what goes to the guest; what comes is on the connection's. */
final class ForwardedPort {
    private static final int BUFFER_BYTES = 32 * 1024;
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final String CLOSED = "closed";

    private final BellhopClient client;
    private final Terminal terminal;
    private final long vmid;
    private final ForwardSpec spec;

    ForwardedPort(BellhopClient client, Terminal terminal, long vmid, ForwardSpec spec) {
        this.client = client;
        this.terminal = terminal;
        this.vmid = vmid;
        this.spec = spec;
    }

    /** Until the socket is closed. One connection that cannot be taken, as where too many files are open, is not the end of the port. */
    void serve(ServerSocket from) {
        boolean isSaid = false;
        while (!from.isClosed()) {
            try {
                Socket accepted = from.accept();
                isSaid = false;
                Thread.ofVirtual().name("forwarded").start(() -> carry(accepted));
            } catch (IOException e) {
                if (!isSaid && !from.isClosed()) {
                    say("Cannot take a connection to port " + from.getLocalPort() + " now because " + e.getMessage());
                    isSaid = true;
                }
                if (!pause()) {
                    return;
                }
            }
        }
    }

    /** What failed may do so again at once; false where this thread is to end. */
    private static boolean pause() {
        try {
            Thread.sleep(PAUSE);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void carry(Socket here) {
        try (here) {
            here.setTcpNoDelay(true);
            try (ForwardConnection there = client.forwards()
                    .take(
                            client.forwards()
                                    .open(vmid, new CreateForward(spec.host(), spec.port()))
                                    .ticket(),
                            new Writer(here))) {
                Thread.ofVirtual().name("forwarded-to").start(() -> send(here, there));
                tellUnlessPlain(there.awaitEnd());
            }
        } catch (BellhopClientException e) {
            say(ErrorMessages.of(e));
        } catch (IOException e) {
            // Whoever connected here has gone.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tellUnlessPlain(@Nullable String reason) {
        if (reason != null && !reason.equals(CLOSED)) {
            say("A connection to " + spec.target() + " has ended" + because(reason));
        }
    }

    private static String because(String reason) {
        return switch (reason) {
            case "idle" -> " because nothing went over it for too long";
            case "not_allowed" ->
                " because the key has ended, sees the VM no more, or may not connect to this any more";
            case "lost" -> " because the guest, or the way to it, was lost";
            case "shutting_down" -> " because the server stops";
            default -> ": " + Printable.line(reason);
        };
    }

    private static void send(Socket here, ForwardConnection there) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream from = here.getInputStream();
            for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                there.send(buffer, 0, count);
            }
            there.endOutput();
        } catch (IOException e) {
            // One side has gone, and the other is to go, too.
            there.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record Writer(Socket here) implements ForwardConnection.Sink {
        @Override
        public void receive(byte[] bytes) throws IOException {
            here.getOutputStream().write(bytes);
        }

        @Override
        public void end() throws IOException {
            here.shutdownOutput();
        }
    }

    private synchronized void say(String message) {
        terminal.say(Printable.line(message));
        terminal.flush();
    }
}
