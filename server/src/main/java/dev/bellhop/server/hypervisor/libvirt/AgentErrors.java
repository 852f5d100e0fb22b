// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.qga.ExchangeException;
import dev.bellhop.qga.ExchangeException.Kind;

/**
 * Maps libvirt's errors to the fate of an agent command. If a code is ambiguous, the message decides; it is in English
 * unless the daemon was set up otherwise. If that does not help, this assumes the worst.
 */
final class AgentErrors {
    private static final int ERANGE = 34;

    /** Not one of libvirt's numbers. */
    private static final int NOT_SENT = -1;

    private AgentErrors() {}

    /** Marks an error that occurred before the agent received a request. */
    static LibvirtException beforeTheRequest(LibvirtException e) {
        return new LibvirtException(NOT_SENT, e.number(), e.message());
    }

    static ExchangeException meaning(LibvirtException e) {
        return switch (e.code()) {
            case NOT_SENT -> new ExchangeException(Kind.UNREACHABLE, e);
            // Here, a paused domain counts as not running.
            case LibvirtException.NO_DOMAIN, LibvirtException.OPERATION_INVALID ->
                new ExchangeException(Kind.NOT_RUNNING, e);
            case LibvirtException.ARGUMENT_UNSUPPORTED, LibvirtException.CONFIG_UNSUPPORTED ->
                new ExchangeException(Kind.NO_CHANNEL, e);
            case LibvirtException.AGENT_UNRESPONSIVE -> new ExchangeException(unresponsive(e.message()), e);
            case LibvirtException.AGENT_UNSYNCED -> new ExchangeException(Kind.SILENT, e);
            case LibvirtException.AGENT_COMMAND_TIMEOUT -> new ExchangeException(Kind.LATE, e);
            case LibvirtException.AGENT_COMMAND_FAILED -> ExchangeException.refused(agentsWords(e.message()));
            // The daemon could not fit the reply into a message to this client.
            case LibvirtException.RPC ->
                new ExchangeException(
                        e.message().contains("encode message payload") ? Kind.TOO_LARGE : Kind.DROPPED, e);
            // The daemon stopped reading at 10 MiB, and has given up on the agent.
            case LibvirtException.SYSTEM_ERROR ->
                new ExchangeException(e.number() == ERANGE ? Kind.TOO_LARGE : Kind.DROPPED, e);
            default -> new ExchangeException(Kind.DROPPED, e);
        };
    }

    private static Kind unresponsive(String message) {
        if (message.contains("due to an error")) {
            return Kind.GIVEN_UP;
        }
        if (message.contains("synchronization")) {
            return Kind.SILENT;
        }
        // The agent went away with the request: "Guest agent disappeared while executing command".
        return message.contains("disappeared") || message.contains("to command within") ? Kind.DROPPED : Kind.NO_AGENT;
    }

    /** Extracts the agent's text from "… unable to execute QEMU agent command 'guest-exec': TEXT". */
    static String agentsWords(String message) {
        int command = message.indexOf('\'');
        int colon = command < 0 ? -1 : message.indexOf("': ", command + 1);
        return colon < 0 ? message : message.substring(colon + 3);
    }
}
