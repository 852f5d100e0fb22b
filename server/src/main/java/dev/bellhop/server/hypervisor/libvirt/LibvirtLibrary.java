// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.UUID;

/**
 * The functions of libvirt.so that are used, with the signatures of libvirt/libvirt-*.h. An error is the calling thread's,
 * so every call and the look at its error are made on one platform thread; such a call would hold the carrier of a virtual
 * one.
 */
final class LibvirtLibrary {
    private static final String LIBRARY = "libvirt.so.0";
    private static final String QEMU_LIBRARY = "libvirt-qemu.so.0";

    /** With the zero that ends it. */
    private static final int UUID_BYTES = 37;

    private static final Linker LINKER = Linker.nativeLinker();

    private LibvirtLibrary() {}

    /** Makes sure that the library is there. */
    static void require() throws LibvirtMissingException {
        require(LIBRARY);
        require(QEMU_LIBRARY);
    }

    static void require(String library) throws LibvirtMissingException {
        try {
            lookup(library);
        } catch (IllegalArgumentException e) {
            throw new LibvirtMissingException(library, e);
        }
    }

    @SuppressWarnings("restricted")
    private static SymbolLookup lookup(String library) {
        return SymbolLookup.libraryLookup(library, Arena.global());
    }

    /** A function of ours that libvirt may call, for as long as the process lives. It must throw nothing. */
    @SuppressWarnings("restricted")
    static MemorySegment callback(MethodHandles.Lookup owner, String name, FunctionDescriptor descriptor) {
        try {
            MethodHandle method = owner.findStatic(owner.lookupClass(), name, descriptor.toMethodType());
            return LINKER.upcallStub(method, descriptor, Arena.global());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    /** What the calling thread's last call went wrong with. */
    static LibvirtException lastError() {
        MemorySegment error = (MemorySegment) call(Functions.GET_LAST_ERROR);
        if (isNull(error)) {
            return new LibvirtException(0, 0, "libvirt gives no reason");
        }
        MemorySegment fields = sized(error, 72);
        MemorySegment message = fields.get(ADDRESS, 8);
        return new LibvirtException(
                fields.get(JAVA_INT, 0), fields.get(JAVA_INT, 64), isNull(message) ? "" : text(message));
    }

    static boolean isNull(MemorySegment pointer) {
        return pointer.address() == 0;
    }

    @SuppressWarnings("restricted")
    static MemorySegment sized(MemorySegment pointer, long bytes) {
        return pointer.reinterpret(bytes);
    }

    static String text(MemorySegment pointer) {
        return sized(pointer, Long.MAX_VALUE).getString(0);
    }

    /** Calls a function that returns a pointer, and throws libvirt's error where that is null. */
    static MemorySegment pointer(MethodHandle function, Object... arguments) throws LibvirtException {
        MemorySegment result = (MemorySegment) call(function, arguments);
        if (isNull(result)) {
            throw lastError();
        }
        return result;
    }

    /** Calls a function that returns a number, and throws libvirt's error where that is negative. */
    static int number(MethodHandle function, Object... arguments) throws LibvirtException {
        int result = (int) call(function, arguments);
        if (result < 0) {
            throw lastError();
        }
        return result;
    }

    /** Calls a function and takes its result as it is. The call takes far longer than the boxing of its arguments does. */
    static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a call into libvirt failed", e);
        }
    }

    /** The UUID of a domain. Asks no daemon. */
    static UUID uuid(MemorySegment domain) throws LibvirtException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(UUID_BYTES);
            number(Functions.GET_UUID, domain, text);
            return UUID.fromString(text.getString(0));
        }
    }

    /** Bound when first called for: servers without libvirt do without. */
    static final class Functions {
        private static final SymbolLookup LIBVIRT = lookup(LIBRARY);
        private static final SymbolLookup QEMU = lookup(QEMU_LIBRARY);

        static final MethodHandle FREE = bind(LINKER.defaultLookup(), "free", FunctionDescriptor.ofVoid(ADDRESS));

        static final MethodHandle GET_LAST_ERROR = bind("virGetLastError", ADDRESS);
        static final MethodHandle SET_ERROR_FUNC =
                bind(LIBVIRT, "virSetErrorFunc", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
        static final MethodHandle INITIALIZE = bind("virInitialize", JAVA_INT);

        static final MethodHandle EVENT_REGISTER = bind("virEventRegisterDefaultImpl", JAVA_INT);
        static final MethodHandle EVENT_RUN = bind("virEventRunDefaultImpl", JAVA_INT);

        static final MethodHandle OPEN = bind("virConnectOpen", ADDRESS, ADDRESS);
        static final MethodHandle CLOSE = bind("virConnectClose", JAVA_INT, ADDRESS);
        static final MethodHandle IS_ALIVE = bind("virConnectIsAlive", JAVA_INT, ADDRESS);
        static final MethodHandle SET_KEEP_ALIVE =
                bind("virConnectSetKeepAlive", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
        static final MethodHandle ON_CLOSE =
                bind("virConnectRegisterCloseCallback", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        static final MethodHandle ON_EVENT = bind(
                "virConnectDomainEventRegisterAny", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
        static final MethodHandle OFF_EVENT = bind("virConnectDomainEventDeregisterAny", JAVA_INT, ADDRESS, JAVA_INT);
        static final MethodHandle OFF_CLOSE = bind("virConnectUnregisterCloseCallback", JAVA_INT, ADDRESS, ADDRESS);
        static final MethodHandle LIST_ALL_DOMAINS =
                bind("virConnectListAllDomains", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);

        static final MethodHandle LOOKUP = bind("virDomainLookupByUUIDString", ADDRESS, ADDRESS, ADDRESS);
        static final MethodHandle DOMAIN_FREE = bind("virDomainFree", JAVA_INT, ADDRESS);
        static final MethodHandle GET_UUID = bind("virDomainGetUUIDString", JAVA_INT, ADDRESS, ADDRESS);
        static final MethodHandle GET_XML = bind("virDomainGetXMLDesc", ADDRESS, ADDRESS, JAVA_INT);
        static final MethodHandle GET_STATE = bind("virDomainGetState", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_INT);
        static final MethodHandle GET_STATS =
                bind("virDomainListGetStats", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
        static final MethodHandle FREE_STATS =
                bind(LIBVIRT, "virDomainStatsRecordListFree", FunctionDescriptor.ofVoid(ADDRESS));
        static final MethodHandle CREATE = bind("virDomainCreate", JAVA_INT, ADDRESS);
        static final MethodHandle DESTROY = bind("virDomainDestroy", JAVA_INT, ADDRESS);
        static final MethodHandle SHUTDOWN = bind("virDomainShutdownFlags", JAVA_INT, ADDRESS, JAVA_INT);
        static final MethodHandle RESET = bind("virDomainReset", JAVA_INT, ADDRESS, JAVA_INT);

        static final MethodHandle AGENT_COMMAND = bind(
                QEMU,
                "virDomainQemuAgentCommand",
                FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT));

        private Functions() {}

        private static MethodHandle bind(String name, MemoryLayout result, MemoryLayout... arguments) {
            return bind(LIBVIRT, name, FunctionDescriptor.of(result, arguments));
        }

        @SuppressWarnings("restricted") // The signatures are those of libvirt; a wrong one could crash the process.
        private static MethodHandle bind(SymbolLookup library, String name, FunctionDescriptor descriptor) {
            return LINKER.downcallHandle(library.findOrThrow(name), descriptor);
        }
    }
}
