// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentInfo;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.guest.AgentCalls;
import dev.bellhop.server.guest.GuestScriptRunner;
import dev.bellhop.server.guest.question.LocalGuests;
import dev.bellhop.server.guest.question.QuestionKind.Done;
import dev.bellhop.server.login.LoginQuestions.AddKey;
import dev.bellhop.server.login.LoginQuestions.ListKeys;
import dev.bellhop.server.login.LoginQuestions.RemoveKey;
import dev.bellhop.server.login.LoginQuestions.RemovedKey;
import dev.bellhop.server.login.LoginQuestions.SetPassword;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Changes who can log in to this process's guests. Thread safe.
 *
 * <p>Keys are changed by scripts that run as their user. The agent has calls for that, which do it as root and follow links: a user who
 * makes a link of authorized_keys to a file that only root may read would be given its content. So these are for guests that run no
 * scripts, and for users who gain nothing by it.
 */
public final class Logins {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private static final String ROOT = "root";
    private static final String GET = "guest-ssh-get-authorized-keys";
    private static final String ADD = "guest-ssh-add-authorized-keys";
    private static final String REMOVE = "guest-ssh-remove-authorized-keys";

    private final AgentCalls calls;
    private final GuestScriptRunner scripts;

    /** One change at a time in each VM. */
    private final ConcurrentMap<VmId, ReentrantLock> turns = new ConcurrentHashMap<>();

    public Logins(AgentCalls calls, GuestScriptRunner scripts) {
        this.calls = calls;
        this.scripts = scripts;
    }

    /** Adds the handlers of {@link LoginQuestions}. */
    public void answer(LocalGuests guests) {
        guests.with(SetPassword.KIND, (vm, wanted) -> {
                    new PasswordChange(calls, vm, wanted.user()).set(wanted.newPassword(), Deadline.after(TIMEOUT));
                    return new Done();
                })
                .with(
                        ListKeys.KIND,
                        (vm, wanted) -> with(vm, wanted.user(), "list the SSH keys", false, UserKeys::list)
                                .fitting())
                .with(
                        AddKey.KIND,
                        (vm, wanted) -> with(
                                vm,
                                wanted.user(),
                                "add an SSH key",
                                true,
                                (keys, deadline) -> keys.add(wanted.key(), wanted.expiresAt(), deadline)))
                .with(
                        RemoveKey.KIND,
                        (vm, wanted) -> new RemovedKey(with(
                                vm,
                                wanted.user(),
                                "remove an SSH key",
                                true,
                                (keys, deadline) -> keys.remove(wanted.fingerprint(), deadline))));
    }

    private interface Work<T> {
        T on(UserKeys keys, Deadline deadline) throws AgentException;
    }

    private <T> T with(VmId vm, String user, String verb, boolean changes, Work<T> work) {
        String what = verb + " of the user " + user + " in VM " + vm;
        Deadline deadline = Deadline.after(TIMEOUT);
        calls.vm(vm);
        ReentrantLock turn = turns.computeIfAbsent(vm, id -> new ReentrantLock());
        turn.lock();
        try {
            return calls.change(
                    vm,
                    what,
                    deadline,
                    (agent, until) -> work.on(way(agent, vm, user, new KeyTrouble(what), changes, until), until));
        } finally {
            turn.unlock();
        }
    }

    private UserKeys way(GuestAgent agent, VmId vm, String user, KeyTrouble trouble, boolean changes, Deadline deadline)
            throws AgentException {
        AgentInfo info = agent.info(deadline);
        boolean windows = info.supports("guest-get-osinfo") && isWindows(agent, deadline);
        boolean runsScripts = info.supports("guest-exec") && info.supports("guest-exec-status");
        if (runsScripts && !windows) {
            return new ScriptKeys(scripts, vm, user, trouble);
        }
        if (!info.supports(GET) || (changes && !(info.supports(ADD) && info.supports(REMOVE)))) {
            throw trouble.notSupported("the guest agent allows neither guest-exec nor " + GET + ", " + ADD + " and "
                    + REMOVE
                    + ", which it has since QEMU 5.2; allow one of the two in the guest, unless its file systems are"
                    + " frozen");
        }
        if (changes && !windows && !user.equals(ROOT)) {
            throw trouble.notSupported(
                    "the guest agent does not allow guest-exec, and its own call would follow links that"
                            + " the user has made, as root; allow guest-exec in the guest");
        }
        return new AgentKeys(agent, user, trouble);
    }

    private static boolean isWindows(GuestAgent agent, Deadline deadline) {
        try {
            return agent.osInfo(deadline).isWindows();
        } catch (AgentException e) {
            return false; // Some guests do not know their system.
        }
    }
}
