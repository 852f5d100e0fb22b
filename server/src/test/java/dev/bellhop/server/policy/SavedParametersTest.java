// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.policy.SavedParameters.Choice;
import dev.bellhop.server.policy.SavedParameters.Text;
import dev.bellhop.server.policy.SavedParameters.Use;
import dev.bellhop.server.policy.SavedParameters.Whole;
import dev.bellhop.server.policy.SavedParameters.YesOrNo;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which values parameters take. */
class SavedParametersTest {
    private static final Text ANY = new Text(null, 10, false);

    @ParameterizedTest
    @ValueSource(strings = {"; rm -rf /", "$(id)", "a b", "a\nb", "'", "{{x}}"})
    void anyTextIsTaken(String text) {
        assertThat(ANY.text(text, Use.ARGUMENT)).contains(text);
    }

    @Test
    void noTextIsTakenForAnOptionUnlessThatIsMeant() {
        assertThat(ANY.text("-rf", Use.ARGUMENT)).isEmpty();
        assertThat(ANY.text("-", Use.ARGUMENT)).isEmpty();
        assertThat(ANY.text("-rf", Use.ENVIRONMENT)).contains("-rf");
        assertThat(new Text(null, 10, true).text("-rf", Use.ARGUMENT)).contains("-rf");
        // A pattern that lets it through does not mean it.
        assertThat(new Text(".*", 10, false).text("-rf", Use.ARGUMENT)).isEmpty();
    }

    @Test
    void textIsBoundedAndHasToMatchAsAWhole() {
        assertThat(ANY.text("", Use.ARGUMENT)).isEmpty();
        assertThat(ANY.text("0123456789a", Use.ARGUMENT)).isEmpty();
        assertThat(ANY.text(5, Use.ARGUMENT)).isEmpty();
        Text digits = new Text("[0-9]+", 10, false);
        assertThat(digits.text("42", Use.ARGUMENT)).contains("42");
        assertThat(digits.text("42\n", Use.ARGUMENT)).isEmpty();
        assertThat(digits.text("42;x", Use.ARGUMENT)).isEmpty();
    }

    @Test
    void aNumberIsWholeAndWithinItsBounds() {
        Whole whole = new Whole(0, 10);

        assertThat(whole.text(10, Use.ARGUMENT)).contains("10");
        assertThat(whole.text(10L, Use.ARGUMENT)).contains("10");
        assertThat(whole.text("7", Use.ARGUMENT)).contains("7");
        for (Object other : List.of(11, -1, "-1", "007", "+1", "1e0", "1\n", "", "x", 1.0, true)) {
            assertThat(whole.text(other, Use.ARGUMENT)).as("%s", other).isEmpty();
        }
        assertThat(new Whole(-1, 1).text(-1, Use.ARGUMENT)).contains("-1");
        assertThat(new Whole(0, Long.MAX_VALUE).text("99999999999999999999", Use.ARGUMENT))
                .isEmpty();
    }

    @Test
    void yesOrNoIsNothingElse() {
        assertThat(new YesOrNo().text(true, Use.ARGUMENT)).contains("true");
        assertThat(new YesOrNo().text("false", Use.ARGUMENT)).contains("false");
        assertThat(new YesOrNo().text("yes", Use.ARGUMENT)).isEmpty();
        assertThat(new YesOrNo().text(1, Use.ARGUMENT)).isEmpty();
    }

    @Test
    void aChoiceIsOneOfThem() {
        assertThat(new Choice(List.of("a", "-b")).text("-b", Use.ARGUMENT)).contains("-b");
        assertThat(new Choice(List.of("a")).text("A", Use.ARGUMENT)).isEmpty();
        assertThat(new Choice(List.of("1")).text(1, Use.ARGUMENT)).isEmpty();
    }

    @Test
    void aPlaceholderIsAWholeWord() {
        assertThat(SavedParameters.placeholder("{{name}}")).contains("name");
        for (String word : List.of("{{name}} ", "-{{name}}", "{{.Name}}", "{{ name }}", "{{}}", "{{name}}\n")) {
            assertThat(SavedParameters.placeholder(word)).as(word).isEmpty();
        }
    }
}
