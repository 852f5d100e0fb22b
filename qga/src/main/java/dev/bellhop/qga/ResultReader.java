// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import tools.jackson.core.JsonParser;

/** Reads one kind of result out of a reply, and takes nothing on trust. */
@FunctionalInterface
interface ResultReader<T> {

    /**
     * Reads the value that the parser stands on.
     *
     * @throws Unfit when it is JSON but not this kind of result; the parser may then stand anywhere inside the value
     */
    T read(JsonParser json, Intake intake) throws Unfit;

    /** JSON that is not the result it should be. */
    final class Unfit extends Exception {

        private static final long serialVersionUID = 1L;

        /** Says what is wrong, in our own words: no byte of the guest. */
        Unfit(String what) {
            super(what, null, false, false);
        }

        /** What is wrong. */
        String what() {
            return String.valueOf(getMessage());
        }
    }
}
