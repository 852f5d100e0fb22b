// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list of operations.
 *
 * @param next the next page has older operations than this; absent after the last page
 */
public record OperationPage(
        List<Operation> operations, @Nullable OperationId next) {
    public OperationPage {
        operations = List.copyOf(operations);
    }
}
