// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.ssh.memory.ChannelMemory;
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

/**
 * Runs one session in the SSH server, with an answering thread and a reading thread. The answering thread is never
 * interrupted, because it may be in a call to an agent; it ends by itself once its streams are closed.
 */
final class SftpCommand implements Command {
    private static final Logger log = LoggerFactory.getLogger(SftpCommand.class);
    private static final int REFUSED = 255;

    private final SftpCalls calls;
    private final ChannelMemory memory;
    private InputStream in = InputStream.nullInputStream();
    private OutputStream out = OutputStream.nullOutputStream();
    private volatile boolean isGone;
    private OutputStream err = OutputStream.nullOutputStream();
    private ExitCallback exit = (code, message, closeImmediately) -> {};

    SftpCommand(SftpCalls calls, ChannelMemory memory) {
        this.calls = calls;
        this.memory = memory;
    }

    @Override
    public void setInputStream(InputStream newIn) {
        in = newIn;
    }

    @Override
    public void setOutputStream(OutputStream newOut) {
        out = newOut;
    }

    @Override
    public void setErrorStream(OutputStream newErr) {
        err = newErr;
    }

    @Override
    public void setExitCallback(ExitCallback callback) {
        exit = callback;
    }

    @Override
    public void start(ChannelSession channel, Environment environment) {
        memory.enter();
        Thread.ofVirtual().name("sftp").start(this::run);
    }

    private void run() {
        int code = REFUSED;
        try {
            code = serve();
        } finally {
            exit.onExit(code);
            memory.leave();
        }
    }

    /** Runs the session; returns the exit code. */
    private int serve() {
        SftpInput input = new SftpInput(memory);
        Thread reader = Thread.ofVirtual().name("sftp-reader").unstarted(() -> read(input));
        try {
            calls.require(UseCase.FILE_FIND);
            memory.enter();
            reader.start();
            new SftpSession(calls, memory, input, out, err, () -> isGone).run();
            return 0;
        } catch (BellhopException e) {
            tell(e);
        } catch (SftpInput.NoMemoryException e) {
            tell(e);
        } catch (IOException e) {
            log.debug("A session of sftp breaks off", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            reader.interrupt();
        }
        return REFUSED;
    }

    private void read(SftpInput input) {
        try {
            input.readAll(in);
        } finally {
            memory.leave();
        }
    }

    private void tell(Exception e) {
        try {
            err.write(("bellhop: " + e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
            err.flush();
        } catch (IOException gone) {
            log.debug("Cannot tell a client of sftp why it is refused", gone);
        }
    }

    /** Called once the channel and its streams are closed; the session notices that at its next message. */
    @Override
    public void destroy(ChannelSession channel) {
        isGone = true;
    }
}
