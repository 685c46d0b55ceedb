namespace Stepwise.Policies;

/// <summary>What a policy can do beside the verbs of <see cref="IPolicy"/> is asked of it by an interface; what lacks it is refused by name.</summary>
public static class PolicyCapabilities
{
    /// <summary>The policy as one that has a capability.</summary>
    /// <typeparam name="T">The capability.</typeparam>
    /// <param name="policy">The policy.</param>
    /// <param name="purpose">What needs it, for the message: "The KL term of a run with adapters".</param>
    /// <exception cref="InputException">The policy lacks it.</exception>
    public static T Require<T>(this IPolicy policy, string purpose)
        where T : class => policy as T
            ?? throw new InputException($"{purpose} needs a policy with the capability {typeof(T).Name[1..]}, which {policy.GetType().Name} lacks.");
}

/// <summary>A policy that knows how many numbers it has.</summary>
public interface IParameterCount
{
    /// <summary>Number of parameters; a tied head counts once.</summary>
    long Parameters { get; }

    /// <summary>Number of parameters that training changes: those of the adapters where there are some; 0 of a policy that is only read.</summary>
    long TrainedParameters { get; }
}

/// <summary>A policy that can be had as it was before its adapters.</summary>
public interface IWithoutAdapters
{
    /// <summary>
    /// The same frozen weights, to be read only. Not for two calls at once with this policy, and of no use after this one is disposed.
    /// </summary>
    /// <exception cref="InvalidOperationException">The policy has no adapters: its weights are the ones that are trained.</exception>
    IPolicy WithoutAdapters();
}
