// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import java.util.function.Consumer;

/**
 * What one use case answers.
 *
 * @param expected for each of the callers in their order, which are operator, looker, runner, manager, tenant, stranger, elsewhere,
 *     labelled: {@code +} it may, though the thing may be in the wrong state for it, {@code f} it is forbidden, {@code n} there is
 *     no such thing
 */
record Row(UseCase useCase, String expected, Consumer<Permit> use) {
    @Override
    public String toString() {
        return useCase.action();
    }
}
