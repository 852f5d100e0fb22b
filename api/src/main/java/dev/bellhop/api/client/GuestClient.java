// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v2.guest.AddAuthorizedKey;
import dev.bellhop.api.v2.guest.AuthorizedKeyList;
import dev.bellhop.api.v2.guest.AuthorizedKeyView;
import dev.bellhop.api.v2.guest.ClockView;
import dev.bellhop.api.v2.guest.SetPassword;
import dev.bellhop.api.v2.guest.SyncTime;
import dev.bellhop.api.v2.vm.AgentView;
import dev.bellhop.api.v2.vm.FileSystemFreeze;
import dev.bellhop.api.v2.vm.FileSystemTrim;
import dev.bellhop.api.v2.vm.FreezeOptions;
import dev.bellhop.api.v2.vm.TrimOptions;
import java.time.Duration;
import java.util.Map;

/** The guest of one VM: its users, its clock and its file systems as a whole, with the errors of {@link BellhopClient}. Thread safe. */
public final class GuestClient {

    /** The guest's hooks take their time. */
    private static final Duration MAX_FREEZE = Duration.ofSeconds(90);

    private static final Duration MAX_TRIM = Duration.ofMinutes(11);

    private final Calls calls;
    private final String vm;

    GuestClient(Calls calls, long vmid) {
        this.calls = calls;
        this.vm = Calls.vm(vmid);
    }

    /** What the guest tells of itself. */
    public AgentView agent() throws InterruptedException {
        return calls.get(vm + "/agent", AgentView.class);
    }

    /** Sets the password of a user. */
    public void setPassword(SetPassword wanted) throws InterruptedException {
        calls.post(vm + "/actions/set-password", wanted);
    }

    /** The SSH keys that the guest accepts for a user. */
    public AuthorizedKeyList authorizedKeys(String user) throws InterruptedException {
        return calls.get(keys().with("user", user).toString(), AuthorizedKeyList.class);
    }

    /** Has the guest accept an SSH key for a user; one that it accepts already is not added twice. */
    public AuthorizedKeyView addAuthorizedKey(AddAuthorizedKey wanted) throws InterruptedException {
        return calls.post(keys().toString(), wanted, AuthorizedKeyView.class);
    }

    /** Has the guest accept an SSH key for a user no more. */
    public void removeAuthorizedKey(String user, String fingerprint) throws InterruptedException {
        calls.delete(keys().with("user", user).with("fingerprint", fingerprint).toString());
    }

    private PathAndQuery keys() {
        return new PathAndQuery(vm + "/ssh-keys");
    }

    /** Sets the clock. */
    public ClockView syncTime(SyncTime wanted) throws InterruptedException {
        return calls.post(vm + "/actions/sync-time", wanted, ClockView.class);
    }

    /** Whether the file systems are frozen. */
    public FileSystemFreeze fileSystemFreeze() throws InterruptedException {
        return calls.get(freezePath(), MAX_FREEZE, FileSystemFreeze.class);
    }

    /** Freezes the file systems, which are thawed by themselves later. */
    public FileSystemFreeze freezeFileSystems(FreezeOptions options) throws InterruptedException {
        return calls.post(freezePath(), options, MAX_FREEZE, Map.of(), FileSystemFreeze.class);
    }

    /** Thaws the file systems, whoever has frozen them. */
    public FileSystemFreeze thawFileSystems() throws InterruptedException {
        return calls.delete(freezePath(), MAX_FREEZE, FileSystemFreeze.class);
    }

    private String freezePath() {
        return vm + "/fsfreeze";
    }

    /** Has the file systems tell their disks what is not in use, which may take minutes. */
    public FileSystemTrim trimFileSystems(TrimOptions options) throws InterruptedException {
        return calls.post(vm + "/actions/fstrim", options, MAX_TRIM, Map.of(), FileSystemTrim.class);
    }
}
