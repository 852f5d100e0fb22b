// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * Another way to one agent than a socket: a hypervisor that keeps the agent's channel to itself, and passes on one request
 * and its one reply. It sees to it that the reply is that request's, and that an agent that hangs is not sent a request to do
 * when it wakes up.
 *
 * <p>A {@link GuestAgent} has one exchange at a time under way. {@link #close} may come from any thread.
 */
public interface AgentExchange extends AutoCloseable {

    /** The most bytes that a request may have. */
    int largestRequest();

    /** The most bytes that a reply may have. */
    int largestReply();

    /**
     * Passes on a request and waits for the reply, until the deadline at most. The reply is the guest's and need not be
     * anything in particular.
     *
     * @param request JSON, without a line feed
     * @throws ExchangeException when there is no reply, or the agent's was an error that is known only in words
     */
    Answer exchange(byte[] request, Deadline deadline) throws ExchangeException;

    /** Lets go of everything. An exchange that is under way ends soon, by its deadline at the latest. */
    @Override
    void close();

    /** A reply, to be closed when it has been read: an exchange bounds by this how many it holds. */
    interface Answer extends AutoCloseable {
        byte[] bytes();

        @Override
        void close();
    }
}
