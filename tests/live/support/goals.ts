/** The most that the stop of a node may take on which the whole stack runs. */
export const stopGoalSeconds = 5;
