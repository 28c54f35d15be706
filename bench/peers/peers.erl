%% Commstime, a ring and processes that are started and waited for, in Erlang: the peers of bench/programs. Messages of commstime are acknowledged, as a
%% rendezvous is. Prints nanoseconds, one line a round. Run with one scheduler.
-module(peers).
-export([main/1]).

main(['commstime']) -> rounds(fun() -> commstime(200000) end);
main(['ring', Size]) ->
    N = list_to_integer(atom_to_list(Size)),
    Turns = max(1, 1000000 div N),
    rounds(ring(N, Turns));
main(['par', Count]) -> rounds(fun() -> par(list_to_integer(atom_to_list(Count)), 300) end).

rounds(Round) ->
    lists:foreach(fun(_) -> io:format("~w~n", [Round()]) end, lists:seq(1, 7)),
    halt().

%% Nanoseconds for each of Count, of what Work does.
timed(Count, Work) ->
    Start = erlang:monotonic_time(nanosecond),
    Work(),
    (erlang:monotonic_time(nanosecond) - Start) div Count.

give(To, X) ->
    To ! {self(), X},
    receive ack -> ok end.

take() ->
    receive {From, X} -> From ! ack, X end.

commstime(Loops) ->
    Consumer = self(),
    Delta = spawn(fun() -> receive {start, Succ} -> delta(Succ, Consumer) end end),
    Succ = spawn(fun() -> receive {start, Prefix} -> succ(Prefix) end end),
    Prefix = spawn(fun() -> give(Delta, 0), forward(Delta) end),
    Delta ! {start, Succ},
    Succ ! {start, Prefix},
    Time = timed(Loops, fun() -> consume(Loops) end),
    [exit(P, kill) || P <- [Delta, Succ, Prefix]],
    receive {_, _} -> ok after 10 -> ok end,
    Time.

delta(A, B) -> X = take(), give(A, X), give(B, X), delta(A, B).
succ(To) -> give(To, take() + 1), succ(To).
forward(To) -> give(To, take()), forward(To).
consume(0) -> ok;
consume(N) -> take(), consume(N - 1).

ring(N, Turns) ->
    Self = self(),
    First = lists:foldl(fun(_, Next) -> spawn(fun() -> pass(Next) end) end, Self, lists:seq(2, N)),
    fun() -> timed(N * Turns, fun() -> turn(Turns, First) end) end.

pass(Next) -> receive X -> Next ! X, pass(Next) end.
turn(0, _) -> ok;
turn(N, First) -> First ! N, receive _ -> turn(N - 1, First) end.

par(Count, Turns) ->
    Self = self(),
    timed(Count * Turns, fun() ->
        lists:foreach(fun(_) ->
            [spawn(fun() -> Self ! done end) || _ <- lists:seq(1, Count)],
            [receive done -> ok end || _ <- lists:seq(1, Count)]
        end, lists:seq(1, Turns))
    end).
