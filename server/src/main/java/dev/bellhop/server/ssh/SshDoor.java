// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.ssh.crypto.Algorithms;
import dev.bellhop.server.ssh.crypto.HostCertificates;
import dev.bellhop.server.ssh.crypto.HostKeys;
import dev.bellhop.server.ssh.crypto.JdkSecurity;
import dev.bellhop.server.ssh.login.LoginCheck;
import dev.bellhop.server.ssh.login.PromptLogin;
import dev.bellhop.server.ssh.login.PublicKeyLogin;
import dev.bellhop.server.ssh.login.SshCallers;
import dev.bellhop.server.ssh.login.SshLogin;
import dev.bellhop.server.ssh.memory.ChannelMemory;
import dev.bellhop.server.ssh.memory.MemoryHolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.channel.throttle.ChannelStreamWriter;
import org.apache.sshd.common.channel.throttle.DefaultChannelStreamWriter;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.file.nonefs.NoneFileSystemFactory;
import org.apache.sshd.common.global.KeepAliveHandler;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.UserAuthFactory;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;
import org.apache.sshd.server.global.NoMoreSessionsHandler;
import org.apache.sshd.server.subsystem.SubsystemFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves SSH: session channels, and forwarded connections that guests make. All else is refused: no listening in
 * guests, no agent forwarding, and no connections from this machine.
 */
public final class SshDoor implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SshDoor.class);
    private static final String IDENTIFICATION = "Bellhop";
    private static final String SESSION = "session";
    private static final String DIRECT_TCPIP = "direct-tcpip";
    private static final String SHELL = "exec /bin/sh -l";

    /** For a client that does not read, which blocks only its own command. */
    private static final Duration FOR_EVER = Duration.ofDays(365);

    /** The time for a client to read the reason before its connection ends; it may not read at all. */
    private static final Duration DISCONNECT_TIMEOUT = Duration.ofMillis(300);

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    private final SshServer server;
    private final Sessions sessions;
    private final List<KeyPair> hostKeys;
    private final SshSettings settings;

    private SshDoor(SshSettings settings, SshServer server, Sessions sessions, List<KeyPair> hostKeys) {
        this.settings = settings;
        this.server = server;
        this.sessions = sessions;
        this.hostKeys = hostKeys;
    }

    /**
     * Starts to listen; returns once the door listens.
     *
     * @param subsystems the subsystems that clients can request by name; {@link SshLogin#of} returns their login
     * @throws IOException if it cannot listen, or if a host key cannot be used; the message names the key
     */
    public static SshDoor start(
            SshSettings settings, SshServices services, SshCallers callers, List<SubsystemFactory> subsystems)
            throws IOException {
        JdkSecurity.register();
        List<KeyPair> hostKeys = HostKeys.in(settings.hostKeys());
        Sessions sessions = new Sessions(settings.limits(), services.gatekeeper(), services.audit());
        SshServer server = server(settings, sessions);
        server.setKeyPairProvider(KeyPairProvider.wrap(hostKeys));
        server.setHostKeyCertificateProvider(HostCertificates.in(settings.hostKeys(), hostKeys));
        server.setSubsystemFactories(subsystems);
        server.setChannelFactories(List.of(new GuestChannels(services), new ForwardChannels(services)));
        LoginCheck check = new LoginCheck(
                services.gatekeeper(), services.audit(), services.vms(), services.vmReads(), callers, sessions::tried);
        List<UserAuthFactory> ways = new ArrayList<>(List.of(PublicKeyLogin.factory(check)));
        if (settings.passwords()) {
            ways.add(PromptLogin.factory(check));
            ways.add(UserAuthPasswordFactory.INSTANCE);
            server.setPasswordAuthenticator(check);
        }
        server.setUserAuthFactories(ways);
        server.start();
        sessions.start();
        SshDoor door = new SshDoor(settings, server, sessions, hostKeys);
        door.tell();
        return door;
    }

    private static SshServer server(SshSettings settings, Sessions sessions) {
        SshServer server = SshServer.setUpDefaultServer();
        InetSocketAddress listen = settings.listen();
        server.setHost(listen.getAddress().getHostAddress());
        server.setPort(listen.getPort());
        Algorithms.set(server);
        server.setSessionFactory(DoorSession.factory(
                server, settings.limits().channelsPerSession(), sessions::refusal, sessions::loggedIn));
        server.setForwardingFilter(RejectAllForwardingFilter.INSTANCE);
        server.setFileSystemFactory(NoneFileSystemFactory.INSTANCE);
        server.setServiceFactories(OnceServices.all(sessions));
        server.setGlobalRequestHandlers(List.of(KeepAliveHandler.INSTANCE, NoMoreSessionsHandler.INSTANCE));
        server.setChannelStreamWriterResolver((channel, stream) -> writer(channel));
        server.addSessionListener(sessions);
        server.addChannelListener(sessions);
        SshSettings.Limits limits = settings.limits();
        CoreModuleProperties.SERVER_IDENTIFICATION.set(server, IDENTIFICATION);
        // Sessions ends connections without a login: the library restarts its timeout after some messages, and leaves
        // out the reason.
        CoreModuleProperties.AUTH_TIMEOUT.set(server, Duration.ZERO);
        // The right key is sent twice: without a signature, and with one.
        CoreModuleProperties.MAX_AUTH_REQUESTS.set(server, limits.loginTries() + 1);
        // ChannelRoom refuses one channel too many; the library would end the connection.
        CoreModuleProperties.MAX_CONCURRENT_CHANNELS.set(server, Integer.MAX_VALUE);
        CoreModuleProperties.WINDOW_SIZE.set(server, GrowingWindow.FULL);
        CoreModuleProperties.DISCONNECT_TIMEOUT.set(server, DISCONNECT_TIMEOUT);
        // Sessions ends idle connections: the library also considers a connection idle that waits for a silent command.
        CoreModuleProperties.IDLE_TIMEOUT.set(server, Duration.ZERO);
        CoreModuleProperties.NIO2_READ_TIMEOUT.set(server, Duration.ZERO);
        // Sessions ends connections whose client is gone; a client that reads nothing for a while may be suspended.
        CoreModuleProperties.NIO2_MIN_WRITE_TIMEOUT.set(server, Duration.ZERO);
        CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(server, FOR_EVER);
        CoreModuleProperties.SOCKET_KEEPALIVE.set(server, true);
        CoreModuleProperties.TCP_NODELAY.set(server, true);
        return server;
    }

    private static ChannelStreamWriter writer(Channel channel) {
        return channel instanceof GuestChannel guest && guest.isRefused()
                ? new DefaultChannelStreamWriter(channel)
                : new HeldBackWriter(channel, ((MemoryHolder) channel).memory());
    }

    /** Makes channels for connections from guests. */
    private record ForwardChannels(SshServices services) implements ChannelFactory {
        @Override
        public String getName() {
            return DIRECT_TCPIP;
        }

        @Override
        public Channel createChannel(Session session) {
            return new ForwardChannel(SshLogin.of(session), services);
        }
    }

    /** Makes channels for commands and shells. */
    private record GuestChannels(SshServices services) implements ChannelFactory, GuestChannel.Commands {
        @Override
        public String getName() {
            return SESSION;
        }

        @Override
        public Channel createChannel(Session session) {
            return new GuestChannel(SshLogin.of(session), this);
        }

        @Override
        public Optional<ChannelMemory> memory(SshLogin login) {
            return services.memory().take(login.key().holder());
        }

        @Override
        public Command refusal(GuestChannel channel, String sentence) {
            return new Refusal(channel, sentence);
        }

        @Override
        public Command exec(SshLogin login, GuestChannel channel, byte[] command) {
            if (login.terms().dryRun()) {
                return new DryRun(services, login, channel, command);
            }
            return channel.term() == null
                    ? new ExecCommand(services, login, channel, command, false)
                    : new TerminalCommand(services, login, channel, command);
        }

        @Override
        public Command shell(SshLogin login, GuestChannel channel) {
            if (login.terms().dryRun()) {
                return new DryRun(services, login, channel, null);
            }
            // Without a terminal, the shell reads its commands from stdin, as in "ssh VM <script".
            return channel.term() == null
                    ? new ExecCommand(services, login, channel, SHELL.getBytes(StandardCharsets.US_ASCII), true)
                    : new TerminalCommand(services, login, channel, null);
        }
    }

    /** Returns the address that it listens on, with the actual port. */
    public InetSocketAddress address() {
        return new InetSocketAddress(server.getHost(), server.getPort());
    }

    /** Returns the configured address for clients; absent if none is configured. */
    public SshSettings.@Nullable PublicAddress publicAddress() {
        return settings.publicAddress();
    }

    /** Returns the public host keys, each in the format of known_hosts after the host name. */
    public List<String> hostKeys() {
        return hostKeys.stream()
                .map(key -> PublicKeyEntry.toString(key.getPublic()))
                .toList();
    }

    private void tell() {
        InetSocketAddress at = address();
        log.info("SSH listens on {}:{}", at.getAddress().getHostAddress(), at.getPort());
        SshSettings.PublicAddress set = settings.publicAddress();
        SshSettings.PublicAddress reached = set == null ? here(at) : set;
        for (KeyPair key : hostKeys) {
            log.info(
                    "SSH host key {}; for known_hosts: {}",
                    HostKeys.fingerprint(key),
                    HostKeys.knownHost(key, reached.host(), reached.port()));
        }
    }

    private static SshSettings.PublicAddress here(InetSocketAddress at) {
        String host = at.getAddress().isAnyLocalAddress()
                ? hostName()
                : at.getAddress().getHostAddress();
        return new SshSettings.PublicAddress(host, at.getPort());
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (IOException e) {
            // This machine's own name is unknown.
            return "localhost";
        }
    }

    /** Ends all connections; commands in guests keep running. */
    @Override
    public void close() throws IOException {
        sessions.close();
        server.close(true).await(STOP_TIMEOUT);
    }
}
