// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TableTest {

    private static final String ID = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c01";

    private final Table table = new Table("ID", "STATE", "COMMAND");

    private String printed(int columns) {
        StringWriter text = new StringWriter();
        try (PrintWriter out = new PrintWriter(text)) {
            table.print(out, columns);
        }
        return text.toString();
    }

    @Test
    void columnsAreAsWideAsWhatIsInThem() {
        table.row(ID, "exited (0)", "uname -a");
        table.row("1", "lost", "x");

        assertThat(printed(80)).isEqualTo("""
                ID                                    STATE       COMMAND
                019c1379-5a10-7cc3-8d25-6f1f7f3f2c01  exited (0)  uname -a
                1                                     lost        x
                """);
    }

    @Test
    void aCellGoesOnBelowWhereTheTerminalIsTooNarrow() {
        table.row(ID, "rejected (policy_refused)", "systemctl restart nginx.service and-something-long");
        table.row("1", "lost", "x");

        assertThat(printed(76)).isEqualTo("""
                ID                                    STATE               COMMAND
                019c1379-5a10-7cc3-8d25-6f1f7f3f2c01  rejected            systemctl restart
                                                      (policy_refused)    nginx.service
                                                                          and-something-long
                1                                     lost                x
                """);
    }

    @Test
    void aColumnOfWhichNothingIsKnownTakesNoPlace() {
        Table wide = new Table("ID", "VM NAME", "COMMAND").optional("VM NAME");
        wide.row(ID, "-", "systemctl restart nginx.service and-something-long");
        StringWriter text = new StringWriter();
        wide.print(new PrintWriter(text, true), 60);

        assertThat(text).hasToString("""
                ID                                    COMMAND
                019c1379-5a10-7cc3-8d25-6f1f7f3f2c01  systemctl restart
                                                      nginx.service
                                                      and-something-long
                """);
    }

    @Test
    void nothingGetsNarrowerWithoutATerminal() {
        table.row(ID, "exited (0)", "x".repeat(200));

        assertThat(printed(0)).contains(ID + "  exited (0)  " + "x".repeat(200) + "\n");
    }

    @Test
    void rowsBecomeParagraphsWhereIdsWouldBreak() {
        table.row(ID, "lost", "sleep 1 && " + "x".repeat(30));
        table.row("1", "pending", "a\tb");

        assertThat(printed(47)).isEqualTo("""
                ID       019c1379-5a10-7cc3-8d25-6f1f7f3f2c01
                STATE    lost
                COMMAND  sleep 1 &&
                         xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx

                ID       1
                STATE    pending
                COMMAND  a\\tb
                """);
    }

    @Test
    void aWordThatIsTooLongIsBrokenBehindItsLabel() {
        table.row("1", "lost", "x".repeat(60) + "STATE  exited");

        assertThat(printed(40).lines()).allMatch(line -> line.length() <= 40).noneMatch(line -> line.startsWith("x"));
    }
}
