// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.v2.FieldError;

/** Says what went wrong and what to do about it. */
public final class ErrorMessages {

    private static final int UNAUTHORIZED = 401;
    private static final int FIRST_SERVER_ERROR = 500;

    private ErrorMessages() {}

    public static String of(Exception e) {
        return of(e, "");
    }

    /**
     * The same.
     *
     * @param refusedKeyHint what to do in case the key was refused; empty if it is not known which one was sent
     */
    public static String of(Exception e, String refusedKeyHint) {
        return switch (e) {
            case CliException ours -> String.valueOf(ours.getMessage());
            case BellhopApiException refused -> of(refused, refusedKeyHint);
            case BellhopTransportException broken -> of(broken);
            case InterruptedException interrupted -> "Cannot wait longer because something interrupted it";
            default ->
                "Cannot go on because of a fault in bellhop itself ("
                        + e.getClass().getSimpleName() + "); set BELLHOP_DEBUG=1 to see more, and please report it";
        };
    }

    private static String of(BellhopApiException e, String refusedKeyHint) {
        StringBuilder text = new StringBuilder(String.valueOf(e.getMessage()));
        for (FieldError error : e.fieldErrors()) {
            text.append("\n  ").append(error.place()).append(": ").append(error.detail());
        }
        if (e.fieldErrors().stream().anyMatch(error -> error.place().equals("/stdinFollows"))) {
            text.append("\nGive -n to pass on no standard input, or put it into a file first.");
        }
        if (e.status() == UNAUTHORIZED) {
            text.append('\n')
                    .append(
                            refusedKeyHint.isEmpty()
                                    ? "Set BELLHOP_KEY or --key to a valid key. 'bellhop key create' makes one."
                                    : refusedKeyHint);
        }
        if (e.status() >= FIRST_SERVER_ERROR) {
            e.requestId()
                    .ifPresent(id -> text.append("\nThe server's log has more under request id ")
                            .append(id));
        }
        return text.toString();
    }

    private static String of(BellhopTransportException e) {
        return switch (e.kind()) {
            case NOT_CONNECTED ->
                e.getMessage() + "; start a server with 'bellhop server', or set BELLHOP_URL or --url";
            case UNKNOWN_AUTHORITY ->
                e.getMessage()
                        + "; where that is as it should be, set BELLHOP_CA or --ca to the authority's certificate";
            case REFUSED_BY_PROXY ->
                e.getMessage()
                        + "; have the proxy allow it, or take it out of Java's settings (https.proxyHost, http.proxyHost)";
            case NOT_SECURED, TIMED_OUT, BROKEN, TICKET_REFUSED, NOT_UNDERSTOOD, INTERRUPTED ->
                String.valueOf(e.getMessage());
        };
    }
}
