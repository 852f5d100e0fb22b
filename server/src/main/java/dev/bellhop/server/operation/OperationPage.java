// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list of operations.
 *
 * @param next before which the list goes on; absent if there is no more
 */
public record OperationPage(
        List<Operation> operations, @Nullable OperationId next) {
    public OperationPage {
        operations = List.copyOf(operations);
    }
}
