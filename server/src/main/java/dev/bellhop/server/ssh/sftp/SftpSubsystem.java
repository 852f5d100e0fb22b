// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.access.Gatekeeper;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.file.FileServices;
import dev.bellhop.server.ssh.login.SshLogin;
import dev.bellhop.server.ssh.memory.ChannelMemory;
import dev.bellhop.server.ssh.memory.MemoryHolder;
import java.time.Duration;
import java.util.function.Function;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.session.ServerSession;
import org.apache.sshd.server.subsystem.SubsystemFactory;

/** The subsystem {@code sftp} of an SSH server. Thread safe. */
public final class SftpSubsystem implements SubsystemFactory {
    /**
     * Long, because the protocol has no status for "try again": most clients abort a whole tree at the first failure.
     */
    private static final Duration TURN_TIMEOUT = Duration.ofSeconds(30);

    private final VmAccess access;
    private final AuditTrail trail;
    private final FileServices files;
    private final Function<ServerSession, SftpLogin> logins;
    private final Function<ChannelSession, ChannelMemory> memory;

    /** Creates the subsystem for logins of the SSH door. */
    public SftpSubsystem(VmAccess access, AuditTrail trail, FileServices files, Gatekeeper gatekeeper) {
        this(access, trail, files, session -> login(session, gatekeeper), channel -> ((MemoryHolder) channel).memory());
    }

    private static SftpLogin login(ServerSession session, Gatekeeper gatekeeper) {
        SshLogin login = SshLogin.of(session);
        return new SftpLogin(
                login::caller,
                () -> gatekeeper.requested(login.key(), TURN_TIMEOUT),
                login.stillGood(),
                login.vm(),
                login.guestUser());
    }

    /**
     * Creates the subsystem for other logins.
     *
     * @param logins returns the login of a session, with its VM
     * @param memory returns the memory of a channel
     */
    SftpSubsystem(
            VmAccess access,
            AuditTrail trail,
            FileServices files,
            Function<ServerSession, SftpLogin> logins,
            Function<ChannelSession, ChannelMemory> memory) {
        this.memory = memory;
        this.access = access;
        this.trail = trail;
        this.files = files;
        this.logins = logins;
    }

    @Override
    public String getName() {
        return "sftp";
    }

    @Override
    public Command createSubsystem(ChannelSession channel) {
        SftpLogin login = logins.apply(channel.getServerSession());
        return new SftpCommand(new SftpCalls(access, trail, files, login), memory.apply(channel));
    }
}
