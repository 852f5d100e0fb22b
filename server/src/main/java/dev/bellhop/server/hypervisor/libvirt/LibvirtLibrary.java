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
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Calls into libvirt's C library, by the names of libvirt/libvirt-*.h. The arguments of the first call determine a
 * function's signature: pointers, and numbers that are ints in C. The calls take far longer than the boxing.
 *
 * <p>Errors are per thread, so a call and the query of its error must run on one platform thread; on a virtual thread,
 * such a call would block the carrier.
 */
final class LibvirtLibrary {
    private static final String LIBRARY = "libvirt.so.0";
    private static final String QEMU_LIBRARY = "libvirt-qemu.so.0";

    /** Including the terminating zero. */
    private static final int UUID_BYTES = 37;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Map<String, MethodHandle> FUNCTIONS = new ConcurrentHashMap<>();

    private LibvirtLibrary() {}

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

    /**
     * Returns a pointer to a Java function that libvirt can call for the life of the process. The function must throw
     * nothing.
     */
    @SuppressWarnings("restricted")
    static MemorySegment callback(MethodHandles.Lookup owner, String name, FunctionDescriptor descriptor) {
        try {
            MethodHandle method = owner.findStatic(owner.lookupClass(), name, descriptor.toMethodType());
            return LINKER.upcallStub(method, descriptor, Arena.global());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    /** Returns the error of this thread's last call. */
    static LibvirtException lastError() {
        MemorySegment error = (MemorySegment) call("virGetLastError", ADDRESS);
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

    /** Calls a function that returns a pointer; throws libvirt's error if it is null. */
    static MemorySegment pointer(String function, Object... arguments) throws LibvirtException {
        MemorySegment result = (MemorySegment) call(function, ADDRESS, arguments);
        if (isNull(result)) {
            throw lastError();
        }
        return result;
    }

    /** Calls a function that returns a number; throws libvirt's error if it is negative. */
    static int number(String function, Object... arguments) throws LibvirtException {
        int result = result(function, arguments);
        if (result < 0) {
            throw lastError();
        }
        return result;
    }

    /** Like {@link #number}, but leaves negative results to the caller. */
    static int result(String function, Object... arguments) {
        return (int) call(function, JAVA_INT, arguments);
    }

    /** Calls a function and ignores its result. */
    static void run(String function, Object... arguments) {
        call(function, null, arguments);
    }

    private static Object call(String name, @Nullable MemoryLayout result, Object... arguments) {
        MethodHandle function = FUNCTIONS.computeIfAbsent(name, called -> bind(called, result, arguments));
        try {
            return function.invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a call into libvirt failed", e);
        }
    }

    @SuppressWarnings("restricted") // Callers follow the C headers; anything else could crash the process.
    private static MethodHandle bind(String name, @Nullable MemoryLayout result, Object... arguments) {
        MemoryLayout[] layouts = Stream.of(arguments)
                .map(argument -> argument instanceof Integer ? JAVA_INT : ADDRESS)
                .toArray(MemoryLayout[]::new);
        return LINKER.downcallHandle(
                Libraries.ALL.findOrThrow(name),
                result == null ? FunctionDescriptor.ofVoid(layouts) : FunctionDescriptor.of(result, layouts));
    }

    /** Returns the UUID of a domain, without a query to the daemon. */
    static UUID uuid(MemorySegment domain) throws LibvirtException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(UUID_BYTES);
            number("virDomainGetUUIDString", domain, text);
            return UUID.fromString(text.getString(0));
        }
    }

    /** Loaded by the first call, so servers without libvirt do not need it. */
    private static final class Libraries {
        static final SymbolLookup ALL = lookup(LIBRARY).or(lookup(QEMU_LIBRARY)).or(LINKER.defaultLookup());
    }
}
