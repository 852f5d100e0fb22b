// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.execution.ExecutionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Builds what the agent is to start so that an execution survives the agent, and what asks for it and acts on it later.
 * The scripts are resources beside this class; they run on dash, busybox ash and bash, and need {@code setsid}. Each
 * leads a session of its own, or is over at once. Thread safe.
 *
 * <p>A script names its execution in the first line of its text, which the guest shows in the process's command line:
 * that is how a pid is known to be still this execution's.
 */
public final class Supervisor {
    private static final GuestScript GROUP = GuestScript.load("group.sh");
    private static final GuestScript CLAIM = GuestScript.load("claim.sh");
    private static final GuestScript ANY_RUN = GuestScript.load("run.sh")
            .with("ENVIRONMENT", GuestScript.load("environment.sh"))
            .with("CGROUP", GuestScript.load("cgroup.sh"))
            .with("COPIERS", GuestScript.load("copiers.sh"))
            .with("COPIED", GuestScript.load("copied.sh"));
    private static final GuestScript RUN = ANY_RUN.put("CLOSE", "");
    private static final GuestScript PROBE = ANY_RUN.put("CLOSE", "&& chmod 700 \"$_s\" ");
    private static final GuestScript WATCH_START = GuestScript.load("watch-start.sh");
    private static final GuestScript WATCH = GROUP.then(GuestScript.load("watch.sh"));
    private static final GuestScript INPUT = GuestScript.load("input.sh");
    private static final GuestScript ONLY = GuestScript.load("only-boot.sh");
    private static final GuestScript ARRIVED = new GuestScript("rm -f \"$_b.in-$$\"\n");
    private static final GuestScript SECRETS_FIRST = GuestScript.load("secrets-first.sh");
    private static final GuestScript STDIN = GuestScript.load("stdin.sh");
    private static final GuestScript PIPE = GuestScript.load("pipe.sh");
    private static final GuestScript FEED_START = GuestScript.load("feed-start.sh");
    private static final GuestScript FEED = GROUP.then(GuestScript.load("feed.sh"));
    private static final GuestScript INSPECT =
            GROUP.then(GuestScript.load("inspect.sh").with("CLAIM", CLAIM));
    private static final GuestScript CANCEL =
            GROUP.then(GuestScript.load("cancel.sh").with("CLAIM", CLAIM));
    private static final GuestScript SIGNAL =
            GROUP.then(GuestScript.load("signal.sh").with("CLAIM", CLAIM));
    private static final GuestScript RELEASE = GuestScript.load("release.sh");
    private static final GuestScript REMOVE = GuestScript.load("remove.sh");
    private static final GuestScript LEFTOVERS = GuestScript.load("leftovers.sh");
    private static final GuestScript NOTHING = new GuestScript("");
    private static final int LAST_SIGNAL = 64;
    private static final int CLOCKS_DIFFER_BY = 1000;

    private final String shell;
    private final Spool spool;

    /**
     * A supervisor.
     *
     * @param shell the path of the guest's POSIX shell, which runs the scripts and the commands that name no other
     */
    Supervisor(String shell, Spool spool) {
        this.shell = shell;
        this.spool = spool;
    }

    public Spool spool() {
        return spool;
    }

    /**
     * Starts a command, once: of any number of these for one id, one runs it. Its end is read by
     * {@link SupervisorReply#parse}. The pid that the agent gives is that of the supervisor and of the process group.
     *
     * @param onlyBoot of the guest: in any other the start makes a void claim, where there is none; absent for any boot
     */
    public ExecCommand run(ExecutionId id, GuestCommand command, @Nullable UUID onlyBoot) {
        return run(RUN.with("ONLY", onlyBoot == null ? NOTHING : ONLY.put("BOOT", onlyBoot.toString())), id, command);
    }

    /**
     * Starts a command that does nothing, to find out whether others can be started. It closes the spool to other users
     * before, which the others do not, as that takes a program.
     */
    public ExecCommand probe(ExecutionId id) {
        return run(PROBE.without("ONLY"), id, GuestCommand.shell(":"));
    }

    private ExecCommand run(GuestScript supervisor, ExecutionId id, GuestCommand command) {
        CommandScript inner = CommandScript.of(command, shell);
        boolean streamed = command.stdinFollows();
        byte[] stdin = SecretStdin.forShell(command);
        GuestScript script = header("run", id)
                .then(assign("_l", spool.headBytes()))
                .then(supervisor)
                .with("INPUT", stdin == null ? NOTHING : input(command))
                .with("ARRIVED", stdin == null ? NOTHING : ARRIVED)
                .with("PIPE", streamed ? PIPE : NOTHING)
                .with("WATCH", watch(id, command))
                .with("FEED", streamed ? start(FEED_START, "feed", id, FEED) : NOTHING)
                .put("SECRETS", SecretStdin.pipeline(command))
                .put("STDIN", redirection(command))
                .with("COMMAND", inner.script());
        ExecCommand exec = setsid(script, inner.args());
        return stdin == null ? exec : exec.withInput(stdin);
    }

    /**
     * Asks for all that the guest knows of an execution; {@link Inspection#parse} reads it.
     *
     * @param claim whether to claim the execution where nobody has, so that a start that comes later runs nothing
     * @param boot the guest's boot of before its start; absent where that is not known
     * @param ago how long ago it may have been started at the earliest; zero where it can be told that it was not
     */
    public ExecCommand inspect(ExecutionId id, boolean claim, @Nullable UUID boot, Duration ago) {
        // No two clocks are equally fast, and it errs on the safe side.
        Duration atMost = ago.plus(ago.dividedBy(CLOCKS_DIFFER_BY));
        return plain(header("inspect", id)
                .then(new GuestScript("_b=$_s/$_i\n"))
                .then(new GuestScript(claim ? "_void=1\n" : "_void=\n"))
                // Rounded up, as the guest rounds down for how long it has been up.
                .then(assign("_ago", Math.max(0, atMost.plusNanos(999_999_999).toSeconds())))
                .then(new GuestScript("_boot=" + (boot == null ? "" : boot) + "\n"))
                .then(INSPECT));
    }

    /**
     * Ends the processes of an execution: TERM, and after the grace KILL. It takes as long as that takes, and has ended
     * what it set out to end also when the agent is gone by then. {@link GroupAction#parse} reads the outcome.
     */
    public ExecCommand cancel(ExecutionId id, Duration grace) {
        return setsid(
                header("cancel", id)
                        .then(new GuestScript("_b=$_s/$_i\n_m=cancelled\n"))
                        .then(assign("_g", GuestCommand.seconds(grace)))
                        .then(CANCEL),
                List.of());
    }

    /**
     * Sends a signal to the processes of an execution; {@link GroupAction#parse} reads the outcome.
     *
     * @param signal its number in the guest, 1 to 64
     */
    public ExecCommand signal(ExecutionId id, int signal) {
        if (signal < 1 || signal > LAST_SIGNAL) {
            throw new IllegalArgumentException("Cannot send signal " + signal + " because signals are 1 to 64");
        }
        return setsid(
                header("signal", id)
                        .then(new GuestScript("_b=$_s/$_i\n"))
                        .then(assign("_n", signal))
                        .then(SIGNAL),
                List.of());
    }

    /**
     * Gives the first bytes of an execution's files back to the guest's disk. They read as zeros from then on, and the
     * files are as long as before.
     *
     * @param stdout how many bytes of the one stream, 0 or more
     * @param stderr how many bytes of the other
     */
    public ExecCommand release(ExecutionId id, long stdout, long stderr) {
        return plain(header("release", id)
                .then(new GuestScript("_b=$_s/$_i\n"))
                .then(assign("_n", stdout))
                .then(assign("_m", stderr))
                .then(RELEASE));
    }

    /**
     * Removes the files of executions. It prints "bellhop remove done", or "… absent" where there is no spool.
     *
     * @param ids up to a thousand, none of which runs any more
     */
    public ExecCommand remove(Collection<ExecutionId> ids) {
        return remove(REMOVE.without("LEFTOVERS"), ids, List.of());
    }

    /**
     * As the other, and removes what is left of executions that ended more than so many days ago, or can have run then at
     * the latest.
     *
     * @param followed what is left alone for all that, as its end is still to be read; up to a few thousand
     */
    public ExecCommand removeWithLeftovers(Collection<ExecutionId> ids, Collection<ExecutionId> followed, int days) {
        return remove(assign("_days", days).then(REMOVE.with("LEFTOVERS", LEFTOVERS)), ids, followed);
    }

    private ExecCommand remove(GuestScript script, Collection<ExecutionId> ids, Collection<ExecutionId> followed) {
        String text = ": remove\n_s=" + GuestScript.quote(spool.path()) + "\n" + script.text();
        List<String> args = new ArrayList<>(List.of("-c", text, shell));
        ids.forEach(id -> args.add(id.toString()));
        args.add("--");
        followed.forEach(id -> args.add(id.toString()));
        return ExecCommand.of(shell, args.toArray(String[]::new));
    }

    /** Takes what the agent passes on, before the execution is claimed. */
    private static GuestScript input(GuestCommand command) {
        byte[] stdin = command.stdin();
        return INPUT.with("SECRETS", command.secretEnv().isEmpty() ? NOTHING : SECRETS_FIRST)
                .with("STDIN", stdin == null ? NOTHING : STDIN.put("LENGTH", Integer.toString(stdin.length)));
    }

    /** Where the command reads from; the supervisor's own stdin, which is empty, where nothing is said. */
    private static String redirection(GuestCommand command) {
        String aside = SecretStdin.redirection(command);
        if (command.stdinFollows()) {
            return aside + "<\"$_b.pipe\"";
        }
        if (command.stdin() != null) {
            return aside + "</proc/self/fd/5 5>&-";
        }
        return aside.isEmpty() ? "" : aside + "</dev/null";
    }

    private GuestScript watch(ExecutionId id, GuestCommand command) {
        Duration timeout = command.timeout();
        if (timeout == null) {
            return NOTHING;
        }
        GuestScript times =
                assign("_t", GuestCommand.seconds(timeout)).then(assign("_g", GuestCommand.seconds(command.grace())));
        return start(WATCH_START, "watch", id, times.then(WATCH));
    }

    private GuestScript start(GuestScript start, String role, ExecutionId id, GuestScript script) {
        GuestScript whole =
                header(role, id).then(new GuestScript("_b=$_s/$_i\n")).then(script);
        return start.put("SCRIPT", GuestScript.quote(whole.text()));
    }

    private GuestScript header(String role, ExecutionId id) {
        return new GuestScript(
                ": " + role + " " + id + "\n_i=" + id + "\n_s=" + GuestScript.quote(spool.path()) + "\n");
    }

    private static GuestScript assign(String name, long value) {
        return new GuestScript(name + "=" + value + "\n");
    }

    private ExecCommand plain(GuestScript script) {
        return ExecCommand.of(shell, "-c", script.text(), shell);
    }

    private ExecCommand setsid(GuestScript script, List<String> args) {
        List<String> all = new ArrayList<>(List.of(shell, "-c", script.text(), shell));
        all.addAll(args);
        return ExecCommand.of("setsid", all.toArray(String[]::new));
    }
}
