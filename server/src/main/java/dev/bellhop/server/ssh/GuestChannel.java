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
 * A session channel: a client asks to run something, with or without a terminal. The library calls it on the
 * session's thread, which must not wait; commands run on their own threads.
 */
final class GuestChannel extends ChannelSession implements MemoryHolder, LastingChannel {
    /** Limited because clients send as many variables as they are configured to, which no one else sees. */
    private static final int MAX_VARIABLES = 64;

    private static final int MAX_NAME = 256;
    private static final int MAX_VALUE = 4_096;

    /** The maximum for all variables, including their names. */
    private static final int MAX_ENVIRONMENT = 32 << 10;

    private static final String NO_MEMORY = SshErrors.sentence(SshErrors.noMemory("serve this"));
    private static final String DRY_RUN = "Cannot transfer files because this login is for dry runs only";
    private static final String EXIT_SIGNAL = "exit-signal";
    private static final String SFTP = "sftp";

    private final SshLogin login;
    private final Commands commands;
    private @Nullable GrowingWindow window;
    /** Absent until the client has set a variable, or asked to run something. */
    private volatile @Nullable ChannelMemory memory;

    private boolean isRefused;
    private final Map<String, String> variables = new TreeMap<>();
    /** The total length of the variables and their names. */
    private int environment;
    /** The client's own command or subsystem, if a forced command runs in its place; absent for a shell. */
    private @Nullable String original;

    private @Nullable String term;
    private volatile @Nullable WindowSize size;
    private @Nullable TerminalModes modes;
    private volatile Runnable resized = () -> {};
    private volatile Consumer<String> signalled = name -> {};

    /**
     * @param login the login that opened the channel; an ended session forgets it, while the channel's command may
     *     still begin
     */
    GuestChannel(SshLogin login, Commands commands) {
        this.login = login;
        this.commands = commands;
    }

    /** The commands that run in a guest for a login. */
    interface Commands {
        /**
         * Makes a command without a terminal, or in one.
         *
         * @param command any bytes, exactly as the client has sent them
         */
        Command exec(SshLogin login, GuestChannel channel, byte[] command);

        Command shell(SshLogin login, GuestChannel channel);

        /** Returns memory for one more channel; empty if the account has used its share. */
        Optional<ChannelMemory> memory(SshLogin login);

        /** Makes a command that only prints a sentence why nothing runs. */
        Command refusal(GuestChannel channel, String sentence);
    }

    /** Limits the packet size, whatever the client says: the library collects output until a packet is full. */
    @Override
    public OpenFuture open(long recipient, long windowSize, long packetSize, Buffer buffer) {
        return super.open(recipient, windowSize, Math.min(packetSize, DoorMemory.PACKET), buffer);
    }

    @Override
    protected void configureWindow() {
        super.configureWindow();
        window = GrowingWindow.of(getLocalWindow());
    }

    /** Reserves memory to run something; returns false if there is none, also if there was none before. */
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

    /** Checks if the request was refused, because there is no memory or a limit does not allow it. */
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

    /** Returns the client's variables that the command gets, by name. */
    Map<String, String> variables() {
        return Map.copyOf(login.terms().variables(variables, original));
    }

    /** Returns the variables without which a forced command would not know the client's own command. */
    Map<String, String> neededVariables() {
        return Map.copyOf(login.terms().variables(Map.of(), original));
    }

    SshLogin login() {
        return login;
    }

    /** Returns the requested type of terminal; absent if the client wants none. */
    @Nullable
    String term() {
        return term;
    }

    /** Returns the window size; absent if the client has sent none. */
    @Nullable
    WindowSize size() {
        return size;
    }

    /** Returns the modes that the client requests for its terminal; absent if it changes none. */
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

    /** Sets a listener for changes of {@link #size}. It is called on the session's thread, which must not wait. */
    void onResize(Runnable listener) {
        resized = listener;
    }

    /** Sets a listener for names of signals, called on the session's thread, which must not wait. */
    void onSignal(Consumer<String> listener) {
        signalled = listener;
    }

    /** Reads the command as bytes: the library would decode it as UTF-8 and lose other bytes. */
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

    /** Runs the forced command, whatever the client has asked for. */
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

    /**
     * Closes the channel if data arrives before its command, and drops data for a refused one: clients have no reason
     * to send such data.
     */
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
        // Another thread reads the variables once there is a command.
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

    /** Handles the request here, because the library fails at truncated modes and does not know all modes. */
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

    /** Returns the size; absent for 0, which programs without a window send. */
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

    /** Ignores variables that the client did not set: the library would pass on facts about this machine. */
    @Override
    protected void addEnvVariable(String name, String value) {
        if (name.equals(Environment.ENV_USER)) {
            super.addEnvVariable(name, value);
        }
    }

    /**
     * Ends the channel with an exit status, sent first: a client that has the end of all streams closes the channel by
     * itself, and loses later messages.
     */
    void endByCode(int code) throws IOException {
        out.flush();
        if (!isClosing()) {
            sendExitStatus(code);
        }
        end();
    }

    /**
     * Ends commands with an exit callback, such as sftp, in the same order. The library would end the streams first.
     */
    @Override
    protected void closeShell(int code, boolean immediately) throws IOException {
        endByCode(code);
    }

    /** Ends the channel as sshd does for a command that a signal has ended. */
    void endBySignal(String name) throws IOException {
        out.flush();
        if (!isClosing() && !exitStatusSent.getAndSet(true)) {
            Buffer buffer = getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_REQUEST, Long.SIZE);
            buffer.putUInt(getRecipient());
            buffer.putString(EXIT_SIGNAL);
            buffer.putBoolean(false);
            buffer.putString(name);
            // No core dump, an empty reason, an empty language tag.
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
