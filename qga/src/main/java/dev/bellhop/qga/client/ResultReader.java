// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import tools.jackson.core.JsonParser;

/** Reads one kind of result from a reply, and trusts nothing. */
@FunctionalInterface
interface ResultReader<T> {

    /**
     * Reads the value at the parser's position.
     *
     * @throws UnexpectedResultException if it is JSON but not this kind of result; the parser may then be anywhere inside
     *     the value
     */
    T read(JsonParser json, BoundedInput intake) throws UnexpectedResultException;
}
