// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a parameter of a saved command would be code, as far as that is known. */
class CodeWordsTest {
    private static boolean lastIsCode(String command) {
        List<String> words = List.of(command.split(" "));
        return CodeWords.mayBeCode(words, words.size() - 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sh -c {{p}}",
                "rbash -c {{p}}",
                "ksh93 -c {{p}}",
                "sh93 -c {{p}}",
                "yash -c {{p}}",
                "posh -c {{p}}",
                "/usr/bin/zsh-5.9 -c {{p}}",
                "busybox sh -c {{p}}",
                "bash --rcfile f -cx {{p}}",
                "bash --rcfile /tmp/f -cx {{p}}",
                "bash --rcfile {{p}}",
                "bash -c -o posix {{p}}",
                "bash -co posix {{p}}",
                "bash -c -- {{p}}",
                "bash -c {{q}} sh {{p}}",
                "su -c {{p}}",
                "su first.last -c {{p}}",
                "runuser -u nobody -c {{p}}",
                "runuser nobody --session-command {{p}}",
                "script -c {{p}}",
                "flock /lock -c {{p}}",
                "env A=b /bin/bash -ec {{p}}",
                "sudo -u x sh -c {{p}}",
                "sudo -s {{p}}",
                "sudo {{p}}",
                "sudo -n -- {{p}}",
                "sudo -u app {{p}}",
                "sudo -u root {{q}} {{p}}",
                "sudo --user app -g app {{p}}",
                "runuser -u app -- {{p}}",
                "env -u NAME {{p}}",
                "timeout -s KILL 5 {{p}}",
                "xargs -a f {{p}}",
                "gawk -F x {{p}}",
                "env {{p}}",
                "env A=b {{p}}",
                "env -S {{p}}",
                "xargs {{p}}",
                "timeout 5 {{p}}",
                "nice -n 5 {{p}}",
                "ssh host {{p}}",
                "ssh host deploy {{p}}",
                "watch -n 1 df {{p}}",
                "eval {{p}}",
                "find . -exec {{p}}",
                "find . -name x -okdir {{p}}",
                "find . -exec sh -c {{p}}",
                "python -c {{p}}",
                "python3.13 -Ic {{p}}",
                "python3 -W ignore -c {{p}}",
                "perl -e {{p}}",
                "perl -i.bak -pe {{p}}",
                "ruby -e {{p}}",
                "node -p {{p}}",
                "nodejs --eval {{p}}",
                "php8.2 -r {{p}}",
                "awk {{p}}",
                "gawk -F : {{p}}",
                "sed {{p}}",
                "sed -n -e {{p}}",
                "sed s/a/b/ -e {{p}}",
                "git -c {{p}}",
                "psql -c {{p}}",
                "cmd.exe /c dir {{p}}",
                "C:\\Windows\\System32\\WindowsPowerShell\\powershell.exe -File x {{p}}",
                "deploy.bat {{p}}"
            })
    void thisIsCode(String command) {
        assertThat(lastIsCode(command)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/usr/local/bin/deploy --release {{p}}",
                "deploy -c {{p}}",
                "publish -c {{p}}",
                "deploy.sh -c {{p}}",
                "tar -c {{p}}",
                "systemctl restart {{p}}",
                "sh -c text sh {{p}}",
                "bash -o pipefail -ec text sh {{p}}",
                "bash /srv/deploy.sh -c {{p}}",
                "su -c text {{p}}",
                "sudo -u deploy /usr/local/bin/deploy {{p}}",
                "sudo systemctl restart {{p}}",
                "sudo -n -- reboot {{p}}",
                "sudo --user=deploy /usr/local/bin/deploy {{p}}",
                "runuser -u app -- deploy {{p}}",
                "timeout -s KILL 5 ping {{p}}",
                "xargs -0 rm {{p}}",
                "awk -f program {{p}}",
                "env A=b printenv {{p}}",
                "xargs rm {{p}}",
                "timeout 5 ping {{p}}",
                "find {{q}} -name {{p}}",
                "find . -exec rm {} ; -name {{p}}",
                "find . -okdir rm {{p}}",
                "python /srv/deploy.py -e {{p}}",
                "python3 -m json.tool {{p}}",
                "perl -ne print {{p}}",
                "awk {print} {{p}}",
                "sed -i s/a/b/ {{p}}",
                "sed -e s/a/b/ {{p}}",
                "git checkout {{p}}",
                "printf %s {{p}}"
            })
    void thisIsNone(String command) {
        assertThat(lastIsCode(command)).isFalse();
    }
}
