// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.guest.question.Guests;
import dev.bellhop.server.guest.question.Question;
import dev.bellhop.server.guest.question.QuestionKind;
import dev.bellhop.server.vm.VmId;

/** The guests of all nodes: sends each question to the node of the VM. */
public record RemoteGuests(GuestCalls calls) implements Guests {
    @Override
    public <A extends Record> A ask(VmId vm, Question<A> question) {
        return ask(vm, question.kind(), (Record) question);
    }

    private <Q extends Record, A extends Record> A ask(VmId vm, QuestionKind<Q, A> kind, Record question) {
        return calls.ask(vm, kind, kind.question().cast(question));
    }
}
