// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;

/** All requests that Bellhop knows, with the scope that each needs. A door only adds the route to each. */
public enum UseCase {
    /** Runs a command, also a saved one. */
    EXECUTION_START("execution.start", Scope.WRITE_VM, true),
    /** Returns the policy's decision about a command without running it. */
    EXECUTION_CHECK("execution.check", Scope.WRITE_VM, false),
    EXECUTION_FIND("execution.find", Scope.READ_VM, false),
    EXECUTION_LIST("execution.list", Scope.READ_VM, false),
    EXECUTION_FOLLOW("execution.follow", Scope.WRITE_VM, false),
    EXECUTION_OUTPUT("execution.output", Scope.WRITE_VM, false),
    /** Looks up a pid: the result of a command, which needs {@link Scope#WRITE_VM}, or whether a command can run. */
    EXECUTION_RESULT("execution.result", Scope.READ_VM, false),
    EXECUTION_CANCEL("execution.cancel", Scope.WRITE_VM, true),
    EXECUTION_SIGNAL("execution.signal", Scope.WRITE_VM, true),
    EXECUTION_STDIN("execution.stdin", Scope.WRITE_VM, true),
    EXECUTION_APPROVE("execution.approve", Scope.WRITE_VM, true),
    EXECUTION_REJECT("execution.reject", Scope.WRITE_VM, true),

    VM_LIST("vm.list", Scope.READ_VM, false),
    VM_FIND("vm.find", Scope.READ_VM, false),
    VM_USAGE("vm.usage", Scope.READ_VM, false),
    VM_AGENT("vm.agent", Scope.READ_VM, false),
    VM_AVAILABILITY("vm.availability", Scope.READ_VM, false),
    VM_DOCTOR("vm.doctor", Scope.READ_VM, false),
    /** Reports whether the server is reachable and which rights the key has. */
    SERVER_DOCTOR("server.doctor", Scope.READ_VM, false),
    VM_ASSIGN("vm.assign", Scope.ADMIN, true),
    VM_UNASSIGN("vm.unassign", Scope.ADMIN, true),
    /** Reassigns a VM to another node. */
    VM_MOVE("vm.move", Scope.ADMIN, true),

    VM_FSFREEZE_STATUS("vm.fsfreeze.status", Scope.READ_VM, false),
    VM_FSFREEZE("vm.fsfreeze", Scope.GUEST_VM, true),
    VM_FSTHAW("vm.fsthaw", Scope.GUEST_VM, true),
    VM_FSTRIM("vm.fstrim", Scope.GUEST_VM, true),

    OPERATION_START("operation.start", Scope.POWER_VM, true),
    OPERATION_FIND("operation.find", Scope.READ_VM, false),
    OPERATION_LIST("operation.list", Scope.READ_VM, false),

    GUEST_PASSWORD_SET("guest.password.set", Scope.GUEST_VM, true),
    /** Not open to every key that can look, because the list shows who has access to the guest. */
    GUEST_KEY_LIST("guest.key.list", Scope.GUEST_VM, false),
    GUEST_KEY_ADD("guest.key.add", Scope.GUEST_VM, true),
    GUEST_KEY_REMOVE("guest.key.remove", Scope.GUEST_VM, true),
    GUEST_TIME_SYNC("guest.time.sync", Scope.GUEST_VM, true),
    TERMINAL_OPEN("terminal.open", Scope.TERMINAL_VM, true),
    /** Issues another ticket for a terminal. */
    TERMINAL_TICKET("terminal.ticket", Scope.TERMINAL_VM, true),
    TERMINAL_FIND("terminal.find", Scope.TERMINAL_VM, false),
    TERMINAL_LIST("terminal.list", Scope.TERMINAL_VM, false),
    TERMINAL_HANG_UP("terminal.hangUp", Scope.TERMINAL_VM, true),
    /** Opens a connection from within a guest. */
    FORWARD_OPEN("forward.open", Scope.FORWARD_VM, true),
    FORWARD_LIST("forward.list", Scope.FORWARD_VM, false),
    FORWARD_FIND("forward.find", Scope.FORWARD_VM, false),
    RECORDING_LIST("recording.list", Scope.TERMINAL_VM, false),
    RECORDING_FIND("recording.find", Scope.TERMINAL_VM, false),
    /** Recorded each time, like reading a file, because a recording shows a user's work in a terminal. */
    RECORDING_READ("recording.read", Scope.TERMINAL_VM, true),
    FILE_READ("file.read", Scope.FILES_VM, true),
    FILE_FIND("file.find", Scope.FILES_VM, false),
    FILE_LIST("file.list", Scope.FILES_VM, false),
    FILE_WRITE("file.write", Scope.FILES_VM, true),
    /** Reports the progress of an upload. */
    FILE_UPLOAD_FIND("file.upload.find", Scope.FILES_VM, false),
    FILE_UPLOAD_DELETE("file.upload.delete", Scope.FILES_VM, true),
    FILE_DELETE("file.delete", Scope.FILES_VM, true),
    FILE_MKDIR("file.mkdir", Scope.FILES_VM, true),
    FILE_RENAME("file.rename", Scope.FILES_VM, true),
    FILE_CHMOD("file.chmod", Scope.FILES_VM, true),
    FILE_CHOWN("file.chown", Scope.FILES_VM, true),
    /** Changes size, mode, owner and times, several in one request. */
    FILE_ATTRIBUTES("file.attributes", Scope.FILES_VM, true),
    /** Renames a file, or links to it. */
    FILE_LINK("file.link", Scope.FILES_VM, true),
    /** Reports the free space of a file system. */
    FILE_SPACE("file.space", Scope.FILES_VM, false),

    ACCOUNT_LIST("account.list", Scope.ADMIN, false),
    ACCOUNT_FIND("account.find", Scope.ADMIN_ACCOUNT, false),
    ACCOUNT_CREATE("account.create", Scope.ADMIN, true),
    ACCOUNT_UPDATE("account.update", Scope.ADMIN, true),
    ACCOUNT_DELETE("account.delete", Scope.ADMIN, true),
    ACCOUNT_POLICY_READ("account.policy.read", Scope.ADMIN_ACCOUNT, false),
    ACCOUNT_POLICY_SET("account.policy.set", Scope.ADMIN, true),
    ACCOUNT_POLICY_DELETE("account.policy.delete", Scope.ADMIN, true),

    KEY_LIST("key.list", Scope.ADMIN_ACCOUNT, false),
    KEY_FIND("key.find", Scope.ADMIN_ACCOUNT, false),
    KEY_CREATE("key.create", Scope.ADMIN_ACCOUNT, true),
    KEY_UPDATE("key.update", Scope.ADMIN_ACCOUNT, true),
    KEY_REVOKE("key.revoke", Scope.ADMIN_ACCOUNT, true),
    KEY_ROTATE("key.rotate", Scope.ADMIN_ACCOUNT, true),
    KEY_POLICY_READ("key.policy.read", Scope.ADMIN_ACCOUNT, false),
    KEY_POLICY_SET("key.policy.set", Scope.ADMIN_ACCOUNT, true),
    KEY_POLICY_DELETE("key.policy.delete", Scope.ADMIN_ACCOUNT, true),

    /** Returns the address of the SSH door and its host keys. */
    SSH_DOOR_FIND("ssh.find", Scope.READ_VM, false),
    SSH_KEY_LIST("sshKey.list", Scope.ADMIN_ACCOUNT, false),
    SSH_KEY_REGISTER("sshKey.register", Scope.ADMIN_ACCOUNT, true),
    SSH_KEY_REMOVE("sshKey.remove", Scope.ADMIN_ACCOUNT, true),

    MASK_LIST("mask.list", Scope.ADMIN_ACCOUNT, false),
    MASK_FIND("mask.find", Scope.ADMIN_ACCOUNT, false),
    MASK_SET("mask.set", Scope.ADMIN_ACCOUNT, true),
    MASK_DELETE("mask.delete", Scope.ADMIN_ACCOUNT, true),

    SAVED_COMMAND_LIST("savedCommand.list", Scope.READ_VM, false),
    SAVED_COMMAND_FIND("savedCommand.find", Scope.READ_VM, false),
    SAVED_COMMAND_SAVE("savedCommand.save", Scope.ADMIN_ACCOUNT, true),
    SAVED_COMMAND_DELETE("savedCommand.delete", Scope.ADMIN_ACCOUNT, true),

    AUDIT_LIST("audit.list", Scope.ADMIN, false),
    AUDIT_EXPORT("audit.export", Scope.ADMIN, false),

    ENCRYPTION_FIND("encryption.find", Scope.ADMIN, false),
    ENCRYPTION_ROTATE("encryption.rotate", Scope.ADMIN, true),

    METRICS_READ("metrics.read", Scope.READ_METRICS, false),

    NODE_LIST("node.list", Scope.ADMIN, false),
    NODE_FIND("node.find", Scope.ADMIN, false),
    NODE_ADD("node.add", Scope.ADMIN, true),
    NODE_DRAIN("node.drain", Scope.ADMIN, true),
    NODE_UNDRAIN("node.undrain", Scope.ADMIN, true),
    NODE_REVOKE("node.revoke", Scope.ADMIN, true),
    NODE_REMOVE("node.remove", Scope.ADMIN, true);

    private final String action;
    private final Scope scope;
    private final boolean changes;

    UseCase(String action, Scope scope, boolean changes) {
        this.action = action;
        this.scope = scope;
        this.changes = changes;
    }

    /** Returns its name in the audit trail. */
    public String action() {
        return action;
    }

    /** Returns the scope that a key needs for it. */
    public Scope scope() {
        return scope;
    }

    /**
     * Returns whether it changes or starts something, or reads a file, which the trail always records. Of the other
     * reads, the trail records only reads of output.
     */
    public boolean changes() {
        return changes;
    }

    /**
     * Throws {@code FORBIDDEN} if the caller lacks the scope. A door can check this early, before it reads the rest of
     * the request.
     */
    public void require(Caller caller) {
        if (!caller.allows(scope)) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN, "Cannot do this with a key that lacks the scope " + scope.wireName());
        }
    }
}
