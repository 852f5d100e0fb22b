// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.guest.question.QuestionKind.Done;
import dev.bellhop.server.vm.VmId;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A use case in a VM that needs no code in the doors: it takes a record and answers with a record. Its route, permit,
 * audit record and access tests follow from this declaration.
 *
 * @param method {@code GET} and {@code DELETE} take the input from the query, whose parameters are named like the
 *     record's components; {@code POST} takes it from the body
 * @param path the path below the VM's path, such as {@code actions/sync-time}
 * @param omitted the input of a request without a body; absent if a body is required
 * @param work returns {@link Done} if there is nothing to answer, or {@link Created}
 */
public record VmUseCase<I extends Record, O extends Record>(
        UseCase useCase,
        String method,
        String path,
        Class<I> input,
        @Nullable I omitted,
        Work<I, O> work) {
    /** The work of a use case. It can check its input; the permit has been checked. */
    public interface Work<I, O> {
        O carryOut(VisibleVm vm, I input);
    }

    /** The input of a use case that takes none. */
    public record Nothing() {}

    /**
     * The answer of a use case that has created something.
     *
     * @param path the path below the VM's path that deletes it
     */
    public record Created<V extends Record>(String path, V view) {}

    /** Declares a use case that takes no input. */
    public static <O extends Record> VmUseCase<Nothing, O> of(
            UseCase useCase, String method, String path, Work<Nothing, O> work) {
        return new VmUseCase<>(useCase, method, path, Nothing.class, new Nothing(), work);
    }

    /** Declares a use case that requires its input. */
    public static <I extends Record, O extends Record> VmUseCase<I, O> of(
            UseCase useCase, String method, String path, Class<I> input, Work<I, O> work) {
        return new VmUseCase<>(useCase, method, path, input, null, work);
    }

    /** Returns a copy that accepts a request without a body. */
    public VmUseCase<I, O> orOmitted(I defaults) {
        return new VmUseCase<>(useCase, method, path, input, defaults, work);
    }

    /**
     * Finds the VM, then reads the input, and carries out the work.
     *
     * @throws dev.bellhop.server.failure.BellhopException {@code NOT_FOUND} if the caller does not see the VM, or as
     *     the work throws
     */
    public O carryOut(VmAccess access, Permit permit, VmId id, Supplier<I> read) {
        VisibleVm vm = access.find(permit, id);
        I given = read.get();
        vm.callerOf(useCase);
        O answer = work.carryOut(vm, given);
        if (!useCase.changes()) {
            // The VM may have another owner after a slow answer of the guest.
            access.visible(permit, id);
        }
        return answer;
    }
}
