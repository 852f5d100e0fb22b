// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the scripts find the addresses of a name, each function by itself, in a guest whose resolver is the test's. */
@Timeout(60)
@Tag("real")
class GuestNamesTest {
    private static final String PYTHON = """
            import sys
            exec(open(sys.argv[1]).read().split("\\nport = None\\n")[0])
            def looked_up(name):
                asked = []
                socket.getaddrinfo = lambda host, *more: asked.append(host) or []
                start_connection(Channel(1, 0), 80, name)
                return ",".join(asked)
            print("localhost:", looked_up(b"localhost"))
            print("letters:", looked_up(b"face.de"))
            print("address:", looked_up(b"::1"))
            def waits(*more):
                os.write(1, b"held: %d\\n" % len([x for x in os.listdir("/proc/self/fd") if int(x) > 2]))
                os.kill(os.getpid(), signal.SIGSTOP)
            socket.getaddrinfo = waits
            sys.stdout.flush()
            held = os.open("/dev/null", os.O_RDONLY)
            c = Channel(2, 0)
            start_connection(c, 80, b"example")
            os.waitpid(max(children), os.WUNTRACED)
            forget(c)
            for number in (signal.SIGTERM, signal.SIGCONT):
                os.kill(max(children), number)
            print("ended by:", os.waitpid(max(children), 0)[1] & 127)
            """;

    private static final String PERL = """
            $| = 1;
            open my $f, '<', $ARGV[0];
            my $source = join '', <$f>;
            close $f;
            $source =~ s/\\numask 022;.*?\\nsub now/\\nmy (\\$told, \\$port, \\$pfd, \\$woken, \\$wake);\\nsub now/s;
            $source .= <<'END';
            sub looked_up {
                my @asked;
                no warnings;
                *Socket::getaddrinfo = sub { push @asked, $_[0]; return };
                start_connection({ id => 1, r => [] }, 80, $_[0]);
                return join(',', @asked) . "\\n";
            }
            print 'localhost: ', looked_up('localhost');
            print 'letters: ', looked_up('face.de');
            print 'address: ', looked_up('::1');
            no warnings;
            *Socket::getaddrinfo = sub {
                opendir my $all, '/proc/self/fd';
                syswrite STDOUT, 'held: ' . (grep { $_ > 2 } readdir $all) . "\\n";
                kill 'STOP', $$;
            };
            open my $held, '<', '/dev/null';
            my $c = { id => 2, r => [] };
            start_connection($c, 80, 'example');
            my ($last) = grep { $children{$_} == $c } keys %children;
            waitpid $last, POSIX::WUNTRACED();
            forget($c);
            kill $_, $last for 'TERM', 'CONT';
            waitpid $last, 0;
            print 'ended by: ', $? & 127, "\\n";
            END
            eval $source;
            print $@;
            """;

    /** The pipe to whoever waits for it, and what lists the others. */
    private static final String EXPECTED = """
            localhost: 127.0.0.1,::1
            letters:\s
            address: ::1
            held: 2
            ended by: 9
            """;

    private static String run(String language, String script, String program) throws Exception {
        Path file = Path.of(GuestNamesTest.class.getResource(script).toURI());
        Process process = new ProcessBuilder(language, "-", file.toString())
                .redirectErrorStream(true)
                .start();
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(program.getBytes(StandardCharsets.UTF_8));
        }
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void localhostIsAskedOfNobodyAndAResolverHoldsNothingAndEndsWithItsChannel() throws Exception {
        assertThat(run("/usr/bin/python3", "multiplexer.py", PYTHON)).isEqualTo(EXPECTED);
        assertThat(run("/usr/bin/perl", "multiplexer.pl", PERL)).isEqualTo(EXPECTED);
    }

    @Test
    void anAddressOfAKindThatTheGuestDoesNotHaveIsPassedOver() throws Exception {
        String program = """
                import sys
                exec(open(sys.argv[1]).read().split("\\nport = None\\n")[0])
                real = socket.socket
                def no_ipv6(family=-1, *more, **named):
                    if family == socket.AF_INET6:
                        raise OSError(errno.EAFNOSUPPORT, "no such family")
                    return real(family, *more, **named)
                socket.socket = no_ipv6
                both = [(socket.AF_INET6, ("::1", 1, 0, 0)), (socket.AF_INET, ("127.0.0.1", 1))]
                for found in (both, both[::-1]):
                    del out[:]
                    attempt(Channel(1, 0), list(found))
                    while not out:
                        for fd in select.select([], list(writers), [])[1]:
                            calls[fd][0](*calls[fd][1:])
                    print(out[-1] == errno.ECONNREFUSED)
                """;
        assertThat(run("/usr/bin/python3", "multiplexer.py", program)).isEqualTo("True\nTrue\n");
    }
}
