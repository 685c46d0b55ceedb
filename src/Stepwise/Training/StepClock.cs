using System.Diagnostics;

namespace Stepwise.Training;

/// <summary>The phases of a training step whose time is reported.</summary>
internal enum Phase
{
    Sample,
    Verify,
    Judge,
    Reference,
    Update,
    Other,
}

/// <summary>Measures the phases of one training step.</summary>
internal sealed class StepClock
{
    private readonly long[] _ticks = new long[Enum.GetValues<Phase>().Length];
    private long _last = Stopwatch.GetTimestamp();

    /// <summary>Books the time since the last lap to a phase.</summary>
    public void Lap(Phase phase)
    {
        long now = Stopwatch.GetTimestamp();
        _ticks[(int)phase] += now - _last;
        _last = now;
    }

    /// <summary>What was booked so far.</summary>
    public StepTimes Times => new(
        Of(Phase.Sample), Of(Phase.Verify), Of(Phase.Judge), Of(Phase.Reference), Of(Phase.Update), Of(Phase.Other));

    private TimeSpan Of(Phase phase) => Stopwatch.GetElapsedTime(0, _ticks[(int)phase]);
}
