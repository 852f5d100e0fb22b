// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.GuestAccess;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.e2e.support.VmCommands;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealVm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What programs draw is the same by {@code bellhop shell} as on the VM's serial console: the same is typed into both, and each screen is
 * compared with its colours, the cursor and the modes of the terminal. And a recording that is played ends in that screen too.
 */
@Timeout(600)
@Tag("real")
@Tag("vm")
@Tag("full")
class TerminalScreensInVmTest {
    private static final int COLS = 90;
    private static final int ROWS = 26;
    private static final int SMALL_COLS = 84;
    private static final int SMALL_ROWS = 19;
    private static final String SIZE = COLS + "x" + ROWS;
    private static final String SMALL_SIZE = SMALL_COLS + "x" + SMALL_ROWS;

    private static final String SHELL = "shell";
    private static final String CONSOLE = "console";
    private static final String REPLAY = "replay";

    /** Root is at the console as soon as it is connected. */
    private static final String GETTY = "mkdir -p /run/credstore && printf root >/run/credstore/agetty.autologin"
            + " && printf yes >/run/credstore/login.noauth && systemctl restart --no-block serial-getty@ttyS0";

    private static final String FILES =
            "cd /root && printf '/* Gr\\303\\274\\303\\237e: \\346\\227\\245\\346\\234\\254 */\\n#include <stdio.h>\\n\\n"
                    + "int main(void)\\n{\\n\\tint i = 1;\\n\\tputs(\"two\\tthree\");\\n\\treturn i;\\n}\\n' >hello.c"
                    + " && for i in $(seq 200); do printf '\\033[3%dmline %d\\033[0m of \\033[1;7mtwo hundred\\033[0m\\n' $((i % 8)) $i; done >colours";

    /** A number, and the blanks before it, of which it leaves more or fewer; or a colour, which is kept. */
    private static final Pattern NUMBER = Pattern.compile("(\\u001b\\[[0-9;:]*m)| *[0-9][0-9.:]*");

    @TempDir
    private static Path folder;

    private static RealVm vm;

    @SuppressWarnings("NullAway.Init") // Each test opens one.
    private Tmux tmux;

    @SuppressWarnings("NullAway.Init") // Likewise.
    private VmCommands commands;

    @BeforeAll
    static void boot() throws Exception {
        vm = RealVm.start(TestBed.VMID, GuestImage.DEBIAN, folder);
        try (GuestAccess guest = new GuestAccess(vm.sockets().agent())) {
            guest.run(FILES);
            guest.run(GETTY);
        }
    }

    @AfterAll
    static void end() throws Exception {
        if (vm != null) {
            vm.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "off"})
    void screensAreThoseOfTheSerialConsole(String streams, @TempDir Path scratch) throws Exception {
        String configuration = "hypervisors: [{type: qemu, streams: " + streams + ", vms: {" + TestBed.VMID + ": "
                + vm.sockets().toYaml() + "}}]\n";
        try (E2eServer server = E2eServer.startOn(scratch, configuration);
                Tmux opened = Tmux.start(scratch, COLS, ROWS);
                BellhopClient client = new BellhopClient(
                        server.url(), server.adminKey(), Duration.ofSeconds(5), Duration.ofMinutes(1))) {
            tmux = opened;
            commands = new VmCommands(client);
            Map<String, String> environment =
                    Map.of("BELLHOP_URL", server.url().toString(), "BELLHOP_KEY", server.adminKey());
            // A guest that has just been started keeps its agent waiting; a command waits for it, a terminal does not.
            commands.run("true");
            tmux.open(SHELL, environment, "./bellhop", "shell", Integer.toString(TestBed.VMID));
            tmux.open(CONSOLE, Map.of(), "socat", "-,raw,echo=0", "UNIX-CONNECT:" + vm.console());
            shells();
            vim();
            less();
            top();
            leftOnTheScreen();
            leaveAndReplay(client, environment);
        }
    }

    /** From then on prompts are numbered: what is typed before a prompt is there is shown once more, by the terminal. */
    private void shells() throws Exception {
        awaitPrompt(SHELL);
        tmux.type(CONSOLE, "Enter");
        awaitPrompt(CONSOLE);
        tmux.type(CONSOLE, "stty rows " + ROWS + " cols " + COLS, "Enter");
        same(
                "1 root@",
                "export LANG=C.UTF-8 TERM=xterm-256color; PS1='$((++n)) '$PS1; clear; env | grep ^TERM= ; stty size",
                "Enter");
        same("2 root@", "ls --color=always -d /root /bin/sh /root/*", "Enter");
    }

    private void awaitPrompt(String window) {
        await().atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(tmux.screen(window)).contains("root@bellhop-debian:~#"));
    }

    /** Without 'showcmd': whether vim shows or clears it depends on how fast keys arrive. */
    private void vim() throws Exception {
        same("9L, 1", "vim -n -i NONE -c 'set noshowcmd' hello.c", "Enter");
        same("  1 ", ":set number hlsearch cursorline laststatus=2", "Enter");
        same(SIZE, ":set statusline=%f,%{&columns}x%{&lines},%l", "Enter");
        same("/int", "/int", "Enter");
        same("VISUAL BLOCK", "C-v", "j", "j", "l");
        same("-- INSERT --", "Escape", "o", "\tzwölf ✓ 日本 \"x\"");
        same(SIZE, "Escape", ":vsplit", "Enter");
        resize(SMALL_COLS, SMALL_ROWS);
        same(SMALL_SIZE);
        resize(COLS, ROWS);
        same(SIZE);
        // What was on the screen before is there again.
        same("3 root@", ":qa!", "Enter");
    }

    private void less() throws Exception {
        same("lines 1-25/200", "less -RM colours", "Enter");
        resize(SMALL_COLS, SMALL_ROWS);
        same("lines 1-18/200");
        resize(COLS, ROWS);
        same("lines 1-25/200");
        same("lines 176-200/200", "G");
        same("lines 159-183/200", "?ne 15.", "Enter");
        same("4 root@", "q");
    }

    /** Its numbers and the clock are left out, all else is compared: names, columns, colours. The next look by itself is a minute away. */
    private void top() throws Exception {
        sameButNumbers("systemd", "top -p 1 -d 60", "Enter");
        sameButNumbers("COMMAND", "z", "x", "b");
        resize(SMALL_COLS, SMALL_ROWS);
        sameButNumbers("/sbin/init", "c");
        resize(COLS, ROWS);
        sameButNumbers("systemd", "c");
        sameButNumbers("root@bellhop-debian", "q");
        await().atMost(Duration.ofMinutes(1))
                .until(() -> tmux.screen(SHELL).contains("5 root@")
                        && tmux.screen(CONSOLE).contains("5 root@"));
    }

    /** Without the alternate screen what vim has drawn stays, for the recording. */
    private void leftOnTheScreen() throws Exception {
        same("6 root@", "clear", "Enter");
        same("9L, 1", "vim -n -i NONE --cmd 'set t_ti= t_te=' -c 'set noshowcmd' hello.c", "Enter");
        same("-- VISUAL LINE --", "/int", "Enter", "V", "j");
        same("7 root@", "Escape", ":q", "Enter");
        same("8 root@", "ls colours nothing; echo = $((3 * 11))", "Enter");
    }

    private void leaveAndReplay(BellhopClient client, Map<String, String> environment) throws Exception {
        tmux.type(SHELL, "exit", "Enter");
        tmux.type(CONSOLE, "exit", "Enter");
        await().atMost(Duration.ofMinutes(1)).until(() -> tmux.hasEnded(SHELL));
        String recording =
                client.recordings().list(null, 1, null).items().getFirst().id();
        await().atMost(Duration.ofMinutes(1))
                .until(() ->
                        Boolean.TRUE.equals(client.recordings().get(recording).complete()));
        tmux.open(REPLAY, environment, "./bellhop", "recording", "play", "--speed", "1000", recording);
        await().atMost(Duration.ofMinutes(1)).until(() -> tmux.hasEnded(REPLAY));
        // What a program that has ended has written may not be drawn yet.
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(
                        () -> assertThat(tmux.screen(REPLAY)).contains("puts").isEqualTo(tmux.screen(SHELL)));
    }

    private void resize(int cols, int rows) throws Exception {
        tmux.resize(SHELL, cols, rows);
        tmux.resize(CONSOLE, cols, rows);
        // A serial port does not say how large a terminal is. Both at once, by TIOCSWINSZ, where stty changes one and
        // then the other.
        assertThat(commands.run("perl -e 'open T, q(+<), q(/dev/ttyS0) or die; my $size = pack q(S4), " + rows + ", "
                        + cols + ", 0, 0; ioctl T, 0x5414, $size or die' && stty -F /dev/ttyS0 size"))
                .isEqualTo(rows + " " + cols + "\n");
    }

    private void same(String shown, String... keys) throws Exception {
        same(UnaryOperator.identity(), shown, keys);
    }

    private void sameButNumbers(String shown, String... keys) throws Exception {
        same(
                screen -> NUMBER.matcher(screen).replaceAll(found -> found.group(1) == null ? "#" : found.group(1)),
                shown,
                keys);
    }

    /** Types the same into both; in the end both show this, and the same. */
    private void same(UnaryOperator<String> compared, String shown, String... keys) throws Exception {
        if (keys.length > 0) {
            tmux.type(SHELL, keys);
            tmux.type(CONSOLE, keys);
        }
        await().atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(100))
                .during(Duration.ofMillis(200))
                .untilAsserted(() -> assertThat(compared.apply(tmux.screen(SHELL)))
                        .contains(shown)
                        .isEqualTo(compared.apply(tmux.screen(CONSOLE))));
    }
}
