// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import tools.jackson.core.JsonParser;

/** Reads one kind of result out of a reply, and takes nothing on trust. */
@FunctionalInterface
interface ResultReader<T> {

    /**
     * Reads the value that the parser stands on.
     *
     * @throws UnexpectedResultException when it is JSON but not this kind of result; the parser may then stand anywhere inside the value
     */
    T read(JsonParser json, BoundedInput intake) throws UnexpectedResultException;
}
