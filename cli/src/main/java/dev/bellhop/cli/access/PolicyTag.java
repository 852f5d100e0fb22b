// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that limits a change of a policy to one state. */
final class PolicyTag {

    @Option(
            names = "--if-match",
            paramLabel = "ETAG",
            description = "Fail unless the policy is still the one with this ETag, from 'bellhop policy show'.")
    private @Nullable String etag;

    /** The ETag as the server writes it; absent for any state. */
    @Nullable
    String given() {
        return etag == null ? null : quoted(etag);
    }

    /** Returns an ETag as the server writes it. */
    static String quoted(String etag) {
        return '"' + unquoted(etag) + '"';
    }

    /** Returns an ETag without its quotes, which shells remove. */
    static String unquoted(String etag) {
        return etag.replace("\"", "");
    }
}
