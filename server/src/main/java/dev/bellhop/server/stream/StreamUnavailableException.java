// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

/** Thrown if no stream into a guest can be opened now; callers can use the agent's own calls instead. */
public final class StreamUnavailableException extends Exception {
    private static final long serialVersionUID = 1;

    public enum Reason {
        /** The configuration says {@code streams: off}, or this hypervisor has no streams. */
        OFF("off"),
        /** There is no such VM. */
        NO_VM("no_vm"),
        /** The configuration names no monitor of the VM. */
        NO_MONITOR("no_monitor"),
        /** The VM has no place for another serial port. */
        NO_SLOT("no_slot"),
        /** The hypervisor did not plug the port, or did not answer. */
        HYPERVISOR("hypervisor"),
        /** The agent does not run commands, or did not answer. */
        AGENT("agent"),
        /** The guest has neither perl nor python3. */
        NO_INTERPRETER("no_interpreter"),
        /** The port did not appear in the guest, for example because the guest's kernel has no driver for it. */
        NO_PORT("no_port"),
        /** Another process in the guest opened the port first. */
        PORT_BUSY("port_busy"),
        /** The guest did not answer on the port in time. */
        LATE("late"),
        /** The server is stopping. */
        CLOSING("closing");

        private final String wireName;

        Reason(String wireName) {
            this.wireName = wireName;
        }

        /** Returns the value of the tag {@code reason} in metrics. */
        public String wireName() {
            return wireName;
        }
    }

    private final Reason reason;
    private final String why;

    /** @param why the clause that follows "because" */
    StreamUnavailableException(Reason reason, String why) {
        super("Cannot open a stream into the guest because " + why);
        this.reason = reason;
        this.why = why;
    }

    /** Returns a copy for another caller to throw. */
    StreamUnavailableException again() {
        StreamUnavailableException same = new StreamUnavailableException(this);
        same.initCause(this);
        return same;
    }

    private StreamUnavailableException(StreamUnavailableException other) {
        super(other.getMessage());
        this.reason = other.reason;
        this.why = other.why;
    }

    public Reason reason() {
        return reason;
    }

    /** Returns the clause that follows "because". */
    String why() {
        return why;
    }
}
