// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.bellhop.server.hypervisor.libvirt.LibvirtLibrary.Functions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * One connection to a daemon of libvirt, used and closed by the platform thread that opened it. What it tells unasked comes
 * on the thread of the {@link EventLoop}.
 */
final class LibvirtConnection implements AutoCloseable {
    /** A daemon that has not answered for about 15 seconds is gone: calls end then. */
    private static final int KEEP_ALIVE_SECONDS = 5;

    private static final int KEEP_ALIVE_TRIES = 3;

    private static final int SHUTDOWN_ACPI = 1;

    private final MemorySegment connection;
    private final List<Integer> events = new ArrayList<>();
    private long listener;

    private LibvirtConnection(MemorySegment connection) {
        this.connection = connection;
    }

    static LibvirtConnection open(String uri) throws LibvirtException {
        EventLoop.ensure();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment opened = required(LibvirtLibrary.address(Functions.OPEN, arena.allocateFrom(uri)));
            // Drivers without a daemon have nothing to keep alive, and say so.
            int ignored = (int) Functions.SET_KEEP_ALIVE.invokeExact(opened, KEEP_ALIVE_SECONDS, KEEP_ALIVE_TRIES);
            return new LibvirtConnection(opened);
        } catch (LibvirtException | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw LibvirtLibrary.broken(e);
        }
    }

    /** Has what happens to domains, and to the connection, told until this is closed. */
    void listen(Consumer<LibvirtEvent> consumer) throws LibvirtException {
        listener = Callbacks.add(consumer);
        try {
            MemorySegment opaque = MemorySegment.ofAddress(listener);
            int closing =
                    (int) Functions.ON_CLOSE.invokeExact(connection, Callbacks.CLOSED, opaque, MemorySegment.NULL);
            if (closing < 0) {
                LibvirtException e = LibvirtLibrary.lastError();
                throw e;
            }
            for (Callbacks.Kind kind : Callbacks.KINDS) {
                int event = (int) Functions.ON_EVENT.invokeExact(
                        connection, MemorySegment.NULL, kind.id(), kind.function(), opaque, MemorySegment.NULL);
                if (event >= 0) {
                    events.add(event);
                } else if (kind.isNeeded()) {
                    throw LibvirtLibrary.lastError();
                }
            }
        } catch (LibvirtException | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw LibvirtLibrary.broken(e);
        }
    }

    /** Whether the daemon has neither gone nor fallen silent, as far as is known here. */
    boolean isAlive() {
        return number(Functions.IS_ALIVE, connection) == 1;
    }

    /** The domains there are, running or not. */
    List<Domain> domains() throws LibvirtException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            int count = (int) Functions.LIST_ALL_DOMAINS.invokeExact(connection, out, 0);
            requireNumber(count);
            MemorySegment array = LibvirtLibrary.sized(out.get(ADDRESS, 0), count * ADDRESS.byteSize());
            List<Domain> domains = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                domains.add(new Domain(array.getAtIndex(ADDRESS, i)));
            }
            LibvirtLibrary.free(array);
            return domains;
        } catch (LibvirtException | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw LibvirtLibrary.broken(e);
        }
    }

    Domain domain(UUID uuid) throws LibvirtException {
        try (Arena arena = Arena.ofConfined()) {
            return new Domain(required(
                    LibvirtLibrary.address(Functions.LOOKUP, connection, arena.allocateFrom(uuid.toString()))));
        }
    }

    @Override
    public void close() {
        try {
            for (int event : events) {
                int ignored = (int) Functions.OFF_EVENT.invokeExact(connection, event);
            }
            if (listener != 0) {
                int ignored = (int) Functions.OFF_CLOSE.invokeExact(connection, Callbacks.CLOSED);
                Callbacks.remove(listener);
            }
        } catch (Throwable e) {
            throw LibvirtLibrary.broken(e);
        }
        int ignored = number(Functions.CLOSE, connection);
    }

    private static MemorySegment required(MemorySegment result) throws LibvirtException {
        if (LibvirtLibrary.isNull(result)) {
            throw LibvirtLibrary.lastError();
        }
        return result;
    }

    private static void requireNumber(int result) throws LibvirtException {
        if (result < 0) {
            throw LibvirtLibrary.lastError();
        }
    }

    private static int number(MethodHandle function, MemorySegment pointer) {
        try {
            return (int) function.invokeExact(pointer);
        } catch (Throwable e) {
            throw LibvirtLibrary.broken(e);
        }
    }

    /** One domain of the connection, to be closed before it. */
    static final class Domain implements AutoCloseable {
        private final MemorySegment domain;

        private Domain(MemorySegment domain) {
            this.domain = domain;
        }

        UUID uuid() throws LibvirtException {
            return LibvirtLibrary.uuid(domain);
        }

        /** Its description, as it runs or, where it does not, as it will. */
        String xml() throws LibvirtException {
            try {
                MemorySegment xml = required((MemorySegment) Functions.GET_XML.invokeExact(domain, 0));
                try {
                    return LibvirtLibrary.text(xml);
                } finally {
                    LibvirtLibrary.free(xml);
                }
            } catch (LibvirtException | RuntimeException e) {
                throw e;
            } catch (Throwable e) {
                throw LibvirtLibrary.broken(e);
            }
        }

        /** {@code virDomainState}. */
        int state() throws LibvirtException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(JAVA_INT);
                int result = (int) Functions.GET_STATE.invokeExact(domain, state, MemorySegment.NULL, 0);
                requireNumber(result);
                return state.get(JAVA_INT, 0);
            } catch (LibvirtException | RuntimeException e) {
                throw e;
            } catch (Throwable e) {
                throw LibvirtLibrary.broken(e);
            }
        }

        DomainStats stats() throws LibvirtException {
            return DomainStats.of(domain);
        }

        void create() throws LibvirtException {
            requireNumber(number(Functions.CREATE, domain));
        }

        void destroy() throws LibvirtException {
            requireNumber(number(Functions.DESTROY, domain));
        }

        void pressPowerButton() throws LibvirtException {
            told(Functions.SHUTDOWN, SHUTDOWN_ACPI);
        }

        void reset() throws LibvirtException {
            told(Functions.RESET, 0);
        }

        private void told(MethodHandle function, int flags) throws LibvirtException {
            try {
                int result = (int) function.invokeExact(domain, flags);
                requireNumber(result);
            } catch (LibvirtException | RuntimeException e) {
                throw e;
            } catch (Throwable e) {
                throw LibvirtLibrary.broken(e);
            }
        }

        /**
         * Has the agent asked.
         *
         * @param request JSON
         * @param seconds how long libvirt waits for the reply; for a sign of life before it, it waits five of its own
         */
        byte[] agentCommand(byte[] request, int seconds) throws LibvirtException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment command = arena.allocate(request.length + 1L);
                MemorySegment.copy(request, 0, command, JAVA_BYTE, 0, request.length);
                MemorySegment reply =
                        required((MemorySegment) Functions.AGENT_COMMAND.invokeExact(domain, command, seconds, 0));
                try {
                    MemorySegment text = LibvirtLibrary.sized(reply, Long.MAX_VALUE);
                    int length = 0;
                    while (text.get(JAVA_BYTE, length) != 0) {
                        length++;
                    }
                    return LibvirtLibrary.sized(reply, length).toArray(JAVA_BYTE);
                } finally {
                    LibvirtLibrary.free(reply);
                }
            } catch (LibvirtException | RuntimeException e) {
                throw e;
            } catch (Throwable e) {
                throw LibvirtLibrary.broken(e);
            }
        }

        @Override
        public void close() {
            int ignored = number(Functions.DOMAIN_FREE, domain);
        }
    }
}
