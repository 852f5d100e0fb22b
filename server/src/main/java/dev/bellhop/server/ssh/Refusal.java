// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Replaces a command that a limit does not allow. Says so if the window of the client has room, and does not wait. */
final class Refusal implements Command {
    private static final Logger log = LoggerFactory.getLogger(Refusal.class);

    private final GuestChannel channel;
    private final byte[] sentence;
    private OutputStream err = OutputStream.nullOutputStream();

    Refusal(GuestChannel channel, String sentence) {
        this.channel = channel;
        this.sentence =
                ("bellhop: " + sentence + (channel.term() == null ? "\n" : "\r\n")).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void setInputStream(InputStream stream) {
        // Stdin is ignored.
    }

    @Override
    public void setOutputStream(OutputStream stream) {
        // There is no output.
    }

    @Override
    public void setErrorStream(OutputStream stream) {
        err = stream;
    }

    @Override
    public void setExitCallback(ExitCallback callback) {
        // The channel ends itself, in its own order.
    }

    @Override
    public void start(ChannelSession session, Environment environment) {
        Thread.ofVirtual().name("ssh-refusal").start(this::refuse);
    }

    private void refuse() {
        try {
            if (channel.getRemoteWindow().getSize() >= sentence.length) {
                err.write(sentence);
                err.flush();
            }
            channel.endByCode(SshErrors.EXIT_CODE);
        } catch (IOException e) {
            log.debug("A client has gone before it could read why nothing runs");
            channel.close(true);
        }
    }

    @Override
    public void destroy(ChannelSession session) {
        // Nothing has begun.
    }
}
