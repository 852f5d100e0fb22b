// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.ssh.login.CommandText;
import dev.bellhop.server.ssh.login.SshLogin;
import dev.bellhop.server.ssh.memory.ChannelMemory;
import dev.bellhop.server.ssh.memory.DoorMemory;
import dev.bellhop.server.ssh.memory.MemoryHolder;
import dev.bellhop.server.terminal.TerminalModes;
import dev.bellhop.server.terminal.WindowSize;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.RequestHandler.Result;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.jspecify.annotations.Nullable;

/**
 * One session channel of a client: it says what it wants to have run, and whether in a terminal. The library calls it on the
 * session's thread, which must not wait; what is run has threads of its own.
 */
final class GuestChannel extends ChannelSession implements MemoryHolder, LastingChannel {
    /** Clients send what they are told to, and nobody else sees how much. */
    private static final int MAX_VARIABLES = 64;

    private static final int MAX_NAME = 256;
    private static final int MAX_VALUE = 4_096;

    /** Of all variables with their names. */
    private static final int MAX_ENVIRONMENT = 32 << 10;

    private static final String NO_MEMORY = SshErrors.sentence(SshErrors.noMemory("serve this"));
    private static final String DRY_RUN = "Cannot transfer files because this login is for dry runs only";
    private static final String EXIT_SIGNAL = "exit-signal";
    private static final String SFTP = "sftp";

    private final SshLogin login;
    private final Commands commands;
    private @Nullable GrowingWindow window;
    /** Absent until the client has set a variable, or asked for something to be run. */
    private volatile @Nullable ChannelMemory memory;

    private boolean isRefused;
    private final Map<String, String> variables = new TreeMap<>();
    /** How long they are with their names. */
    private int environment;
    /** What the client has asked for, where something else runs; absent where it has asked for nothing. */
    private @Nullable String original;

    private @Nullable String term;
    private volatile @Nullable WindowSize size;
    private @Nullable TerminalModes modes;
    private volatile Runnable resized = () -> {};
    private volatile Consumer<String> signalled = name -> {};

    /** @param login who has opened it; a session that ends forgets that, while what runs for the channel may still begin */
    GuestChannel(SshLogin login, Commands commands) {
        this.login = login;
        this.commands = commands;
    }

    /** What runs in a guest for whoever has logged in. */
    interface Commands {
        /**
         * Without a terminal, or in one.
         *
         * @param command as the client has sent it, of any bytes
         */
        Command exec(SshLogin login, GuestChannel channel, byte[] command);

        Command shell(SshLogin login, GuestChannel channel);

        /** Memory for one more channel; empty where whoever has logged in has their share. */
        Optional<ChannelMemory> memory(SshLogin login);

        /** Says in one sentence why nothing runs. */
        Command refusal(GuestChannel channel, String sentence);
    }

    /** The library gathers output until it makes up a packet, of whatever size the client says that it takes. */
    @Override
    public OpenFuture open(long recipient, long windowSize, long packetSize, Buffer buffer) {
        return super.open(recipient, windowSize, Math.min(packetSize, DoorMemory.PACKET), buffer);
    }

    @Override
    protected void configureWindow() {
        super.configureWindow();
        window = GrowingWindow.of(getLocalWindow());
    }

    /** Takes what it needs to run something; false where that is not there, or was not before. */
    private boolean takeMemory() {
        if (memory == null && !isRefused) {
            Optional<ChannelMemory> taken = commands.memory(login);
            taken.ifPresent(of -> {
                memory = of;
                addCloseFutureListener(closed -> of.leave());
            });
            isRefused = taken.isEmpty();
        }
        return memory != null;
    }

    @Override
    public ChannelMemory memory() {
        return Objects.requireNonNull(memory);
    }

    /** Whether the request was refused, because there is no memory or a limit does not allow it. */
    boolean isRefused() {
        return isRefused;
    }

    @Override
    public void whenGone(Runnable task) {
        addCloseFutureListener(closed -> {
            ChannelMemory taken = memory;
            if (taken == null) {
                task.run();
            } else {
                taken.whenGone(task);
            }
        });
    }

    @Override
    public void connectionEnds() {
        ChannelMemory taken = memory;
        if (taken != null) {
            taken.connectionEnds();
        }
    }

    /** What a command gets of what the client has set, by name. */
    Map<String, String> variables() {
        return Map.copyOf(login.terms().variables(variables, original));
    }

    /** Those without which a forced command would not know what the client has asked for. */
    Map<String, String> neededVariables() {
        return Map.copyOf(login.terms().variables(Map.of(), original));
    }

    SshLogin login() {
        return login;
    }

    /** The kind of terminal that was asked for; absent where none was. */
    @Nullable
    String term() {
        return term;
    }

    /** Its size; absent where the client did not tell one. */
    @Nullable
    WindowSize size() {
        return size;
    }

    /** The modes that the client requests for its terminal; absent if it changes none. */
    @Nullable
    TerminalModes modes() {
        return modes;
    }

    /** @param startsShell whether the client has named no command */
    LoginSession session(boolean startsShell) {
        IoSession connection = getSession().getIoSession();
        return connection.getRemoteAddress() instanceof InetSocketAddress client
                        && connection.getLocalAddress() instanceof InetSocketAddress server
                ? LoginSession.between(client, server, startsShell)
                : new LoginSession(startsShell, null, null);
    }

    /** Told when {@link #size} has changed, on the session's thread, which must not wait. */
    void onResize(Runnable listener) {
        resized = listener;
    }

    /** Likewise told the names of signals. */
    void onSignal(Consumer<String> listener) {
        signalled = listener;
    }

    /** As bytes: the library takes commands for UTF-8, and loses what is none. */
    @Override
    protected Result handleExec(String request, Buffer buffer, boolean wantReply) throws IOException {
        byte[] command = buffer.getBytes();
        String forced = login.terms().forcedCommand();
        if (forced == null) {
            return run(request, commands.exec(login, this, command));
        }
        try {
            return force(request, forced, CommandText.of(command));
        } catch (BellhopException e) {
            return refuse(request, SshErrors.sentence(e));
        }
    }

    @Override
    protected Result handleShell(String request, Buffer buffer, boolean wantReply) throws IOException {
        String forced = login.terms().forcedCommand();
        return forced == null ? run(request, commands.shell(login, this)) : force(request, forced, null);
    }

    @Override
    protected Result handleSubsystemParsed(String request, String subsystem) throws IOException {
        if (subsystem.length() > MAX_NAME) {
            return Result.ReplyFailure;
        }
        if (login.terms().dryRun()) {
            return refuse(request, DRY_RUN);
        }
        String forced = login.terms().forcedCommand();
        return forced == null ? serve(request, subsystem) : force(request, forced, subsystem);
    }

    /** Whatever the client has asked for. */
    private Result force(String request, String forced, @Nullable String asked) throws IOException {
        if (login.terms().isSftpAlone()) {
            return login.terms().dryRun() ? refuse(request, DRY_RUN) : serve(request, SFTP);
        }
        original = asked;
        return run(request, commands.exec(login, this, forced.getBytes(StandardCharsets.UTF_8)));
    }

    private Result run(String request, Command command) throws IOException {
        if (isClosing()) {
            return Result.ReplyFailure;
        }
        return takeMemory() ? prepare(request, command) : refuse(request, NO_MEMORY);
    }

    private Result serve(String request, String subsystem) throws IOException {
        return takeMemory() ? super.handleSubsystemParsed(request, subsystem) : refuse(request, NO_MEMORY);
    }

    private Result refuse(String request, String sentence) throws IOException {
        isRefused = true;
        return prepare(request, commands.refusal(this, sentence));
    }

    private Result prepare(String request, Command command) throws IOException {
        commandInstance = command;
        return prepareChannelCommand(request, command);
    }

    /** Nothing is kept of what comes before there is a command for it, as a client has no reason to send that, or to one that is refused. */
    @Override
    protected void doWriteData(byte[] data, int offset, long length) throws IOException {
        GrowingWindow now = window;
        ChannelMemory taken = memory;
        if (receiver == null) {
            close(true);
        } else if (taken != null && now != null) {
            super.doWriteData(data, offset, length);
            now.came(length, taken);
        } else if (!isRefused) {
            throw new IllegalStateException("a channel that has no memory runs something");
        }
    }

    @Override
    protected Result handleEnvParsed(String name, String value) {
        // What runs reads them on a thread of its own.
        if (commandInstance != null || !isVariable(name, value)) {
            return Result.ReplyFailure;
        }
        String before = variables.get(name);
        int all = environment + (before == null ? name.length() : -before.length()) + value.length();
        if (all > MAX_ENVIRONMENT || (variables.size() >= MAX_VARIABLES && before == null) || !takeMemory()) {
            return Result.ReplyFailure;
        }
        environment = all;
        variables.put(name, value);
        return Result.ReplySuccess;
    }

    private static boolean isVariable(String name, String value) {
        return !LoginSession.VARIABLES.contains(name)
                && name.length() <= MAX_NAME
                && value.length() <= MAX_VALUE
                && GuestText.isVariable(name)
                && GuestText.isSendable(value);
    }

    /** The library fails at modes that are cut off, and does not know all. */
    @Override
    protected Result handlePtyReq(Buffer buffer, boolean wantReply) {
        String newTerm = buffer.getString();
        int cols = buffer.getInt();
        int rows = buffer.getInt();
        var _ = buffer.getLong(); // The size in pixels.
        byte[] requested = buffer.getBytes();
        if (!login.terms().terminals() || newTerm.length() > MAX_NAME) {
            return Result.ReplyFailure;
        }
        term = newTerm;
        size = size(cols, rows);
        modes = RequestedModes.read(requested);
        return Result.ReplySuccess;
    }

    @Override
    protected Result handleWindowChangeParsed(int cols, int rows, int width, int height) {
        WindowSize now = size(cols, rows);
        if (now != null) {
            size = now;
            resized.run();
        }
        return Result.ReplySuccess;
    }

    /** Programs that have no window say 0. */
    private static @Nullable WindowSize size(int cols, int rows) {
        return cols < 1 || rows < 1
                ? null
                : new WindowSize(Math.min(cols, WindowSize.MAX), Math.min(rows, WindowSize.MAX));
    }

    @Override
    protected Result handleSignalParsed(String name) {
        signalled.accept(name);
        return Result.ReplySuccess;
    }

    @Override
    protected Result handleBreakParsed(long length) {
        return Result.ReplyFailure;
    }

    /** None but what clients set: the library would tell commands of this machine. */
    @Override
    protected void addEnvVariable(String name, String value) {
        if (name.equals(Environment.ENV_USER)) {
            super.addEnvVariable(name, value);
        }
    }

    /**
     * Ends the channel with an exit status. That goes first: a client that has the end of all streams closes the channel by itself, and
     * what comes then is lost.
     */
    void endByCode(int code) throws IOException {
        out.flush();
        if (!isClosing()) {
            sendExitStatus(code);
        }
        end();
    }

    /** How what has an exit callback ends, such as sftp: the library would end the streams first. */
    @Override
    protected void closeShell(int code, boolean immediately) throws IOException {
        endByCode(code);
    }

    /** The same as sshd has it for a command that a signal has ended. */
    void endBySignal(String name) throws IOException {
        out.flush();
        if (!isClosing() && !exitStatusSent.getAndSet(true)) {
            Buffer buffer = getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_REQUEST, Long.SIZE);
            buffer.putUInt(getRecipient());
            buffer.putString(EXIT_SIGNAL);
            buffer.putBoolean(false);
            buffer.putString(name);
            // Whether it has left a core dump, and why it has ended; in no language.
            buffer.putBoolean(false);
            buffer.putString("");
            buffer.putString("");
            writePacket(buffer);
        }
        end();
    }

    private void end() throws IOException {
        if (!isClosing()) {
            sendEof();
        }
        commandExitFuture.setClosed();
        close(false);
    }
}
