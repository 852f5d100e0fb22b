// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.bellhop.server.hypervisor.VmPower;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * One connection to a libvirt daemon. Only the platform thread that opened it may use and close it; events arrive on the
 * thread of the {@link EventLoop}.
 */
final class LibvirtConnection implements AutoCloseable {
    /** A daemon that has not answered for about 15 seconds counts as gone, and calls to it end. */
    private static final int KEEP_ALIVE_SECONDS = 5;

    private static final int KEEP_ALIVE_TRIES = 3;

    private static final int SHUTDOWN_ACPI = 1;

    /** {@code VIR_DOMAIN_AFFECT_LIVE}: changes only the running domain, not its definition. */
    private static final int AFFECT_LIVE = 1;

    private final MemorySegment connection;
    private final List<Integer> events = new ArrayList<>();
    private long listener;

    private LibvirtConnection(MemorySegment connection) {
        this.connection = connection;
    }

    static LibvirtConnection open(String uri) throws LibvirtException {
        EventLoop.ensure();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment opened = LibvirtLibrary.pointer("virConnectOpen", arena.allocateFrom(uri));
            // Drivers without a daemon do not support this, and return an error.
            LibvirtLibrary.run("virConnectSetKeepAlive", opened, KEEP_ALIVE_SECONDS, KEEP_ALIVE_TRIES);
            return new LibvirtConnection(opened);
        }
    }

    /** Passes events of domains and of the connection to the consumer until this is closed. */
    void listen(Consumer<LibvirtEvent> consumer) throws LibvirtException {
        listener = Callbacks.add(consumer);
        MemorySegment opaque = MemorySegment.ofAddress(listener);
        LibvirtLibrary.number(
                "virConnectRegisterCloseCallback", connection, Callbacks.CLOSED, opaque, MemorySegment.NULL);
        for (Callbacks.Kind kind : Callbacks.KINDS) {
            int event = LibvirtLibrary.result(
                    "virConnectDomainEventRegisterAny",
                    connection,
                    MemorySegment.NULL,
                    kind.id(),
                    kind.function(),
                    opaque,
                    MemorySegment.NULL);
            if (event >= 0) {
                events.add(event);
            } else if (kind.isNeeded()) {
                throw LibvirtLibrary.lastError();
            }
        }
    }

    /** Returns false once the daemon is known to be gone or silent. */
    boolean isAlive() {
        return LibvirtLibrary.result("virConnectIsAlive", connection) == 1;
    }

    List<Domain> domains() throws LibvirtException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            int count = LibvirtLibrary.number("virConnectListAllDomains", connection, out, 0);
            MemorySegment array = LibvirtLibrary.sized(out.get(ADDRESS, 0), count * ADDRESS.byteSize());
            List<Domain> domains = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                domains.add(new Domain(array.getAtIndex(ADDRESS, i)));
            }
            LibvirtLibrary.run("free", array);
            return domains;
        }
    }

    Domain domain(UUID uuid) throws LibvirtException {
        try (Arena arena = Arena.ofConfined()) {
            return new Domain(LibvirtLibrary.pointer(
                    "virDomainLookupByUUIDString", connection, arena.allocateFrom(uuid.toString())));
        }
    }

    @Override
    public void close() {
        events.forEach(event -> LibvirtLibrary.run("virConnectDomainEventDeregisterAny", connection, event));
        if (listener != 0) {
            LibvirtLibrary.run("virConnectUnregisterCloseCallback", connection, Callbacks.CLOSED);
            Callbacks.remove(listener);
        }
        LibvirtLibrary.run("virConnectClose", connection);
    }

    /** One domain of the connection. Close it before the connection. */
    static final class Domain implements AutoCloseable {
        private final MemorySegment domain;

        private Domain(MemorySegment domain) {
            this.domain = domain;
        }

        UUID uuid() throws LibvirtException {
            return LibvirtLibrary.uuid(domain);
        }

        /** Returns its XML: the live description if it runs, else the one for its next start. */
        String xml() throws LibvirtException {
            MemorySegment xml = LibvirtLibrary.pointer("virDomainGetXMLDesc", domain, 0);
            try {
                return LibvirtLibrary.text(xml);
            } finally {
                LibvirtLibrary.run("free", xml);
            }
        }

        /** Plugs a device into the running domain. */
        void attach(String device) throws LibvirtException {
            try (Arena arena = Arena.ofConfined()) {
                LibvirtLibrary.number("virDomainAttachDeviceFlags", domain, arena.allocateFrom(device), AFFECT_LIVE);
            }
        }

        /** Unplugs a device, and waits some seconds for the guest to release it. */
        void detach(String device) throws LibvirtException {
            try (Arena arena = Arena.ofConfined()) {
                LibvirtLibrary.number("virDomainDetachDeviceFlags", domain, arena.allocateFrom(device), AFFECT_LIVE);
            }
        }

        /** Returns a {@code virDomainState}. */
        int state() throws LibvirtException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(JAVA_INT);
                LibvirtLibrary.number("virDomainGetState", domain, state, MemorySegment.NULL, 0);
                return state.get(JAVA_INT, 0);
            }
        }

        DomainStats stats() throws LibvirtException {
            return DomainStats.of(domain);
        }

        void press(VmPower.Switch which) throws LibvirtException {
            switch (which) {
                case START -> LibvirtLibrary.number("virDomainCreate", domain);
                case POWER_BUTTON -> LibvirtLibrary.number("virDomainShutdownFlags", domain, SHUTDOWN_ACPI);
                case STOP -> LibvirtLibrary.number("virDomainDestroy", domain);
                case RESET -> LibvirtLibrary.number("virDomainReset", domain, 0);
            }
        }

        /**
         * Sends the agent a command, and returns its reply.
         *
         * @param request JSON
         * @param seconds libvirt's timeout for the reply; before that, libvirt waits up to five seconds for a sign of
         *     life
         */
        byte[] agentCommand(byte[] request, int seconds) throws LibvirtException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment command = arena.allocate(request.length + 1L);
                MemorySegment.copy(request, 0, command, JAVA_BYTE, 0, request.length);
                MemorySegment reply = LibvirtLibrary.pointer("virDomainQemuAgentCommand", domain, command, seconds, 0);
                try {
                    MemorySegment text = LibvirtLibrary.sized(reply, Long.MAX_VALUE);
                    int length = 0;
                    while (text.get(JAVA_BYTE, length) != 0) {
                        length++;
                    }
                    return LibvirtLibrary.sized(reply, length).toArray(JAVA_BYTE);
                } finally {
                    LibvirtLibrary.run("free", reply);
                }
            }
        }

        @Override
        public void close() {
            LibvirtLibrary.run("virDomainFree", domain);
        }
    }
}
