// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.savedcommand;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot be saved, and what is said of it. */
@Timeout(120)
@Tag("real")
class V2SavedCommandFaultsTest extends SavedCommandScene {
    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '~',
            value = {
                "'argv': ['x', '--a={{x}}'] ! /argv/1 malformed, /parameters unknown_value",
                "'argv': ['{{x}}'] ! /argv/0 malformed",
                "'argv': ['sh', '-c', '{{x}}'] ! /argv/2 malformed",
                "'argv': ['env', '/bin/bash', '-ec', '{{x}}'] ! /argv/3 malformed",
                "'argv': ['sh', '-ce', '{{x}}'] ! /argv/2 malformed",
                "'argv': ['sh', '-c', '-e', '{{x}}'] ! /argv/3 malformed",
                "'argv': ['sh', '-c', '--', '{{x}}'] ! /argv/3 malformed",
                "'argv': ['bash', '-co', 'pipefail', '{{x}}'] ! /argv/3 malformed",
                "'argv': ['bash', '-c', '-o', 'pipefail', '+x', '{{x}}'] ! /argv/5 malformed",
                "'argv': ['su', '--command={{x}}'] ! /argv/1 malformed, /parameters unknown_value",
                "'argv': ['cmd.exe', '/c', 'dir', '{{x}}'] ! /argv/3 malformed",
                "'argv': ['deploy.bat', '{{x}}'] ! /argv/1 malformed",
                "'argv': ['x', '{{y}}', '{{x}}'] ! /argv/1 unknown_value",
                "'argv': ['x'] ! /parameters unknown_value",
                "'command': 'echo {{x}}' ! /command malformed, /parameters unknown_value",
                "'argv': ['x', '{{x}}'], 'command': 'x' ! /argv unknown_field",
                "'argv': ['x', '{{x}}'], 'cwd': 'x' ! /cwd malformed"
            })
    void aParameterIsAWordOfItsOwn(String fields, String faults) {
        assertThat(faults(save(
                        boss,
                        "{'name': 'n', " + fields
                                + ", 'parameters': [{'name': 'x', 'type': 'string', 'as': 'argument'}]}")))
                .isEqualTo(faults);
    }

    /** Whoever saves it can mean it. */
    @Test
    void aParameterThatIsCodeSaysSo() {
        String code = "{'name': 'n', 'argv': ['rbash', '-c', '{{x}}'], 'parameters':"
                + " [{'name': 'x', 'type': 'string', 'as': 'argument'CODE}]}";
        assertThat(faults(save(boss, code.replace("CODE", ", 'code': false")))).isEqualTo("/argv/2 malformed");
        saved(code.replace("CODE", ", 'code': true"));
        server.restart();

        assertThat(boss.get(PATH + "/n").json().at("/items/0/parameters/0/code").booleanValue())
                .isTrue();
        assertThat(faults(save(
                        boss,
                        "{'name': 'e', 'argv': ['x'], 'parameters': [{'name': 'X', 'type': 'string', 'as': 'environment', 'code':"
                                + " true}]}")))
                .isEqualTo("/parameters/0/code unknown_field");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LD_PRELOAD",
                "LD_LIBRARY_PATH",
                "PATH",
                "Path",
                "IFS",
                "ENV",
                "BASH_ENV",
                "BASH_FUNC_ls",
                "SHELLOPTS",
                "PS4",
                "PYTHONPATH",
                "PYTHONSTARTUP",
                "PERL5OPT",
                "PERL5LIB",
                "RUBYOPT",
                "NODE_OPTIONS",
                "JAVA_TOOL_OPTIONS",
                "GIT_SSH_COMMAND",
                "GIT_CONFIG_COUNT",
                "GCONV_PATH",
                "HOME",
                "PAGER",
                "EDITOR"
            })
    void aVariableThatTellsWhatToRunIsNoParameter(String name) {
        assertThat(faults(save(
                        boss,
                        "{'name': 'n', 'argv': ['x'], 'parameters': [{'name': '" + name
                                + "', 'type': 'string', 'as': 'environment'}]}")))
                .isEqualTo("/parameters/0/name unknown_value");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"APP_ENV", "RELEASE", "X", "LINES", "LANG", "TZ", "HOSTNAME", "LOG_PATH", "NODE_ENV", "GOAL"})
    void otherVariablesAreParameters(String name) {
        saved("{'name': 'n', 'argv': ['x'], 'parameters': [{'name': '" + name
                + "', 'type': 'string', 'as': 'environment'}]}");
    }

    @Test
    void aCostlyPatternIsMatchedWithNothing() {
        String pattern = "(" + "[a-z]?".repeat(80) + "){100}";
        String parameter = "{'name': 'NAME', 'type': 'string', 'as': 'environment', 'pattern': '" + pattern
                + "', 'maxLength': 8192, 'default': '" + "x".repeat(8_192) + "'}";

        assertThat(faults(save(
                        boss,
                        "{'name': 'n', 'argv': ['x'], 'parameters': [" + parameter.replace("NAME", "A") + ", "
                                + parameter.replace("NAME", "B") + "]}")))
                .isEqualTo("/parameters out_of_range");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '~',
            value = {
                "'type': 'text' ! /parameters/0/type unknown_value",
                "'type': 'string', 'min': 1 ! /parameters/0/min unknown_field",
                "'type': 'string', 'pattern': '(' ! /parameters/0/pattern malformed",
                "'type': 'string', 'maxLength': 0 ! /parameters/0/maxLength out_of_range",
                "'type': 'string', 'required': false ! /parameters/0/default required",
                "'type': 'string', 'required': true, 'default': 'x' ! /parameters/0/required unknown_field",
                "'type': 'string', 'default': '-x' ! /parameters/0/default unknown_value",
                "'type': 'integer', 'min': 2, 'max': 1 ! /parameters/0/max out_of_range",
                "'type': 'integer', 'default': 1.5 ! /parameters/0/default unknown_value",
                "'type': 'choice' ! /parameters/0/choices out_of_range",
                "'type': 'boolean', 'choices': ['x'] ! /parameters/0/choices unknown_field"
            })
    void whatIsWrongWithAParameterIsNamed(String fields, String faults) {
        assertThat(faults(save(
                        boss,
                        "{'name': 'n', 'argv': ['x', '{{x}}'], 'parameters': [{'name': 'x', 'as': 'argument', " + fields
                                + "}]}")))
                .isEqualTo(faults);
    }

    @Test
    void aVariableIsSetOnce() {
        assertThat(faults(save(
                        boss,
                        "{'name': 'n', 'command': 'x', 'env': {'A': 'b'}, 'parameters': [{'name': 'A', 'type': 'string', 'as':"
                                + " 'environment'}]}")))
                .isEqualTo("/parameters/0/name unknown_value");
    }
}
