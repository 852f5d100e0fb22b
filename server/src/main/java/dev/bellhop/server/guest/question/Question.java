// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.question;

/**
 * A question to a guest, or an order. Only records implement it. An API server sends the record to the node of the VM, so the components of
 * question and answer are a wire format: a later version adds components that can be absent, and changes none.
 *
 * @param <A> the answer, also a record
 */
public interface Question<A extends Record> {
    /** The kind of all questions of this class. */
    QuestionKind<?, A> kind();
}
