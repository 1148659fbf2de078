// What has been found of the rows at hand, and what comes of it.

var<private> p_survey: Survey;
var<private> q_survey: Survey;
var<private> domain: Domain;
var<private> masses: Masses;

// Writes a score, or what is wrong with the rows.
fn row_finish(nats: f32, violated: bool) {
    // Where Q is not read, P stands in its place.
    let q_fault = select(0u, q_survey.fault, (parameters.flags & FLAG_USES_Q) != 0u);
    let fault = p_survey.fault | (q_fault << 4u);
    scores[row] = select(score_bits(nats, violated), 0x7fc00000u, fault != 0u);
    statuses[row] = (parameters.epoch << 16u) | fault;
}
